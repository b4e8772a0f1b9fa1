//! What went wrong in SNMP implementations before, and what happens here instead.
//!
//! The left column is history: published advisories, or whole classes of faults that many stacks have had. The middle
//! one is what this crate does, the right one names tests that show it, as [`conformance`](super::conformance) does.
//!
//! # Octets from the network
//!
//! | what went wrong | here | shown by |
//! | --- | --- | --- |
//! | Lengths and tags taken on trust (the PROTOS test suite of 2002 broke dozens of products: CVE-2002-0012, CVE-2002-0013) | each length is checked against the element that holds it; the suite runs on codec and responder | `interop/tests/protos.rs::rfc3418_2_a_running_responder_counts_exactly_the_cases_that_cannot_be_decoded_and_still_answers` |
//! | A length that overflows an index | lengths are at most four octets, added in `usize` after the check against what is there | `remote-services-snmp/src/ber/reader.rs::a_length_beyond_the_end_says_how_much_is_missing` |
//! | Nesting without end exhausts the stack | the reader never recurses: the depth of a message is fixed by its type | `remote-services-snmp/tests/rfc3417/section_8.rs::deep_nesting_fits_into_a_thread_with_a_small_stack` |
//! | An arc beyond 2^32 - 1 wraps and names another object | refused, with the place | `remote-services-snmp/tests/rfc2578/section_3_5.rs::rfc2578_3_5_takes_a_sub_identifier_of_2_32_minus_1_and_refuses_greater_ones` |
//! | Object identifiers of tens of thousands of arcs cost quadratic time or memory | refused after the 128th; each octet is looked at once | `remote-services-snmp/tests/rfc3417/section_8.rs::a_long_identifier_is_refused_before_its_arcs_are_kept` |
//! | A reply cut short counts as a short answer, and rows go missing unnoticed | the whole list is validated before a message counts as decoded | `remote-services-snmp/tests/malformed.rs::a_cut_message_is_always_refused` |
//! | A corrupt binding ends an iteration like the end of the list | iterating over a decoded list cannot fail | `remote-services-snmp/tests/malformed.rs::a_changed_reply_is_never_taken_with_bindings_missing` |
//! | snmpTrapOID with too few, too many or no arcs breaks the conversion to SNMPv1 and back (CVE-2025-68615 and others) | taken or refused, and both ways agree | `remote-services-snmp/tests/rfc3416/section_4_2_6.rs::a_trap_oid_of_any_number_of_arcs_is_taken_or_refused`, `remote-services-snmp/tests/rfc3584/section_3_2.rs::trap_oids_of_every_length_are_mapped_or_refused` |
//! | A device that writes a number in the wrong form makes its reply unreadable, or is believed | refused with the place; admitted by a named quirk only, as a type that holds it | `remote-services-snmp/src/ber/quirks.rs::each_quirk_is_refused_unless_it_is_named` |
//!
//! # Security
//!
//! | what went wrong | here | shown by |
//! | --- | --- | --- |
//! | The code is compared at the sender's length, so that one octet is guessed in 256 tries (CVE-2008-0960) | only the whole code of the algorithm matches, in constant time | `remote-services-snmp/src/usm/tests.rs::cve_2008_0960_only_the_full_code_passes`, `remote-services-snmp/tests/rfc3414/section_6_3.rs::rfc3414_6_3_2_1_a_right_prefix_of_the_code_does_not_pass` |
//! | Privacy parameters are used before the message is known to be authentic | decrypting demands a proof value that only authentication hands out | `remote-services-snmp/tests/rfc3414/section_8.rs::rfc3414_8_3_2_1_privacy_parameters_have_eight_octets` |
//! | Clocks set by unauthenticated Reports | only authentic messages move a clock (RFC 3414 §3.2 (7)) | `remote-services-snmp/tests/rfc3414/section_3_2_7.rs::rfc3414_3_2_7_a_report_without_proof_moves_no_clock_and_is_no_data` |
//! | A forged Report without authentication ends a request, or leads on to weaker credentials | it ends nothing, and is told only after the last time-out | `remote-services-snmp/tests/rfc3412/section_7_2.rs::a_forged_report_costs_a_request_nothing_and_is_told_only_when_no_answer_comes` |
//! | The digest computed over a re-encoding | computed over the octets as received | `remote-services-snmp/src/usm/tests.rs::the_digest_covers_the_octets_as_received_not_as_we_would_write_them` |
//! | Initialisation vectors repeat after a restart | salts start at a random 64-bit number and count from there | `remote-services-snmp/tests/rfc3826/section_3_1.rs::rfc3826_3_1_2_1_salts_never_repeat_across_restarts` |
//! | The 32 bits that DES counts in wrap, and initialisation vectors repeat | after 2^32 messages the engine starts new boots | `remote-services-snmp/src/engine/responder/tests/version3.rs::rfc3414_8_1_1_1_used_up_des_salts_begin_new_boots_which_the_manager_follows` |
//! | Boots lost in a crash, so that old messages count again | boots are stored before the engine answers anybody | `remote-services-snmp/tests/boots_file.rs::rfc3414_2_2_boots_rise_over_fifty_kills_in_the_middle_of_a_start` |
//! | Request numbers that can be foretold, so that anybody can answer | 31 random bits each for msgID and request-id, new for each transmission | `remote-services-snmp/tests/rfc3412/section_6_2.rs::rfc3412_6_2_every_transmission_has_a_message_id_and_a_salt_of_its_own`, `remote-services-snmp/tests/rfc3412/section_7_2.rs::rfc3412_7_2_a_thousand_forged_answers_complete_nothing` |
//! | Answers taken from anybody | answers count only from the address that was asked, unless a named option says otherwise | `remote-services-snmp/tests/manager_hostile.rs::answers_from_another_address_or_port_are_dropped_unless_allowed` |
//! | A community or a password in a log | types for secrets have no `Debug`; the messages that hold a community hide it | `remote-services-snmp/tests/secrets.rs::nothing_in_the_crate_writes_logs` |
//!
//! # Asking
//!
//! | what went wrong | here | shown by |
//! | --- | --- | --- |
//! | A walk over an agent that repeats itself never ends | names must increase; a named option lets them not, and then the first repetition is the end. Rows, octets and time are bounded as well | `remote-services-snmp/tests/rfc3416/section_4_2_2.rs::rfc3416_4_2_2_a_walk_ends_at_a_name_that_repeats_or_goes_round_in_a_circle`, `remote-services-snmp/tests/manager_walk.rs::a_device_that_fills_every_datagram_cannot_fill_the_memory` |
//! | An agent that answers genErr or tooBig to GETBULK makes the walk fail | half is asked for, down to GETNEXT | `remote-services-snmp/tests/manager_walk.rs::bulk_is_halved_on_gen_err_and_on_too_big_until_it_fits` |
//! | `SO_REUSEADDR` on ephemeral ports hands answers to another process | never set | `remote-services-snmp/src/driver/socket.rs::nobody_takes_over_a_port_by_so_reuseaddr` |
//! | A thousand requests at once overflow the socket buffer, and everything times out | a window over all peers, and a packet rate | `remote-services-snmp/tests/manager_pacing.rs::neither_the_window_of_a_peer_nor_that_of_the_site_is_exceeded`, `remote-services-snmp/tests/driver_batches.rs::what_the_system_grants_for_answers_bounds_the_requests_in_flight` |
//! | A forged Report names another engine, and the manager forgets the one that it knows | an engine that has proven its key is left only for another one that has | `remote-services-snmp/tests/manager_impostor.rs::an_impostor_that_answers_each_time_fails_the_request_and_changes_nothing_that_is_remembered` |
//!
//! # Answering
//!
//! | what went wrong | here | shown by |
//! | --- | --- | --- |
//! | GETBULK with 2^31 - 1 repetitions (CVE-2007-5846, CVE-2008-4309) | the list is built up to the size of one message and no further | `remote-services-snmp/tests/rfc3416/section_4_2_3.rs::rfc3416_4_2_3_the_work_for_any_bulk_is_bounded_by_the_message` |
//! | NULL or a wrong type in a SET reaches code that did not expect it | values are typed; a handler tests all before anything is changed | `remote-services-snmp/tests/rfc3416/section_4_2_5.rs::rfc3416_4_2_5_every_type_onto_every_object_is_answered` |
//! | Half a SET stays done | test, commit, undo | `remote-services-snmp/src/engine/responder/tests/write.rs::rfc3416_4_2_5_a_commit_that_fails_is_undone` |
//! | Answers to a wrong community help to find the right one, and to reflect traffic | no answer | `remote-services-snmp/tests/rfc3418/section_2.rs::rfc3418_2_a_wrong_community_gets_no_answer_and_is_counted_and_told_if_enabled` |
