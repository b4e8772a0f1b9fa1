//! What went wrong in SNMP implementations before, and what happens here instead.
//!
//! The left column is history: published advisories, or whole classes of faults that many stacks have had. The right
//! one is what this crate does; [`conformance`](super::conformance) names tests.
//!
//! # Octets from the network
//!
//! | what went wrong | here |
//! | --- | --- |
//! | Lengths and tags taken on trust (the PROTOS test suite of 2002 broke dozens of products: CVE-2002-0012, CVE-2002-0013) | each length is checked against the element that holds it; the suite runs on codec and responder |
//! | A length that overflows an index | lengths are at most four octets, added in `usize` after the check against what is there |
//! | Nesting without end exhausts the stack | the reader never recurses: the depth of a message is fixed by its type |
//! | An arc beyond 2^32 - 1 wraps and names another object | refused, with the place |
//! | Object identifiers of tens of thousands of arcs cost quadratic time or memory | refused after the 128th; each octet is looked at once |
//! | A reply cut short counts as a short answer, and rows go missing unnoticed | the whole list is validated before a message counts as decoded |
//! | A corrupt binding ends an iteration like the end of the list | iterating over a decoded list cannot fail |
//!
//! # Security
//!
//! | what went wrong | here |
//! | --- | --- |
//! | The code is compared at the sender's length, so that one octet is guessed in 256 tries (CVE-2008-0960) | only the whole code of the algorithm matches, in constant time |
//! | Privacy parameters are used before the message is known to be authentic | decrypting demands a proof value that only authentication hands out |
//! | Clocks set by unauthenticated Reports | only authentic messages move a clock (RFC 3414 §3.2 (7)) |
//! | The digest computed over a re-encoding | computed over the octets as received |
//! | Initialisation vectors repeat after a restart | salts start at a random 64-bit number and count from there |
//! | The 32 bits that DES counts in wrap, and initialisation vectors repeat | after 2^32 messages the engine starts new boots |
//! | Boots lost in a crash, so that old messages count again | boots are stored before the engine answers anybody |
//! | Request numbers that can be foretold, so that anybody can answer | 31 random bits each for msgID and request-id, new for each transmission |
//! | Answers taken from anybody | answers count only from the address that was asked, unless a named option says otherwise |
//! | A community or a password in a log | types for secrets have no `Debug`; the messages that hold a community hide it |
//!
//! # Asking
//!
//! | what went wrong | here |
//! | --- | --- |
//! | A walk over an agent that repeats itself never ends | names must increase; a named option lets them not, and then the first repetition is the end. Rows, octets and time are bounded as well |
//! | An agent that answers genErr or tooBig to GETBULK makes the walk fail | half is asked for, down to GETNEXT |
//! | `SO_REUSEADDR` on ephemeral ports hands answers to another process | never set |
//! | A thousand requests at once overflow the socket buffer, and everything times out | a window over all peers, and a packet rate |
//!
//! # Answering
//!
//! | what went wrong | here |
//! | --- | --- |
//! | GETBULK with 2^31 - 1 repetitions (CVE-2007-5846, CVE-2008-4309) | the list is built up to the size of one message and no further |
//! | NULL or a wrong type in a SET reaches code that did not expect it | values are typed; a handler tests all before anything is changed |
//! | Half a SET stays done | test, commit, undo |
//! | Answers to a wrong community help to find the right one, and to reflect traffic | no answer |
