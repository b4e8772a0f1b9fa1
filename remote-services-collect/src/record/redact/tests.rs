use super::*;
use crate::record::{self, Mode};
use crate::synthetic;

/// A device whose owner is in every corner.
const PLANTED: &str = "\
1.3.6.1.2.1.1.1.0|4|Example Laser 9 SN EX-PLANTED77 at 10.20.30.40
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11.2.3.9.1
1.3.6.1.2.1.1.4.0|4|Roberta Planted, +49 555 0199 <roberta@planted.example>
1.3.6.1.2.1.1.5.0|4|prn-planted.corp.planted.example
1.3.6.1.2.1.1.6.0|4|Planted Street 7
1.3.6.1.2.1.2.2.1.6.1|4x|02aabbccddee
1.3.6.1.2.1.4.20.1.1.10.20.30.40|64|10.20.30.40
1.3.6.1.2.1.4.20.1.3.10.20.30.40|64|255.255.255.0
1.3.6.1.2.1.4.21.1.7.0.0.0.0|64|10.20.30.1
1.3.6.1.2.1.4.22.1.2.1.10.20.30.99|4x|02aabbcc0001
1.3.6.1.2.1.4.34.1.3.2.16.253.0.171.205.0.0.0.0.0.0.0.0.0.0.0.9|2|1
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|HP Example Laser 9
1.3.6.1.2.1.43.5.1.1.4.1|4|Roberta Planted
1.3.6.1.2.1.43.5.1.1.16.1|4|PLANTEDQUEUE
1.3.6.1.2.1.43.5.1.1.17.1|4|EX-PLANTED77
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black;SN,CRUM-PLANTED42;
1.3.6.1.2.1.43.14.1.1.9.1.1|4|ipp://prn-planted.corp.planted.example:631/plantedqueue
1.3.6.1.2.1.43.16.5.1.2.1.1|4|Ask Roberta Planted (02:AA:BB:CC:DD:EE)
1.3.6.1.2.1.43.16.5.1.2.1.2|4x|45582d504c414e54454437370a
1.3.6.1.2.1.43.18.1.1.8.1.1|4|mail to help@planted.example, fd00:abcd::9
1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.3.0|4x|011545582d504c414e5445443737
1.3.6.1.4.1.99999.1.10.20.30.40|4x|0a141e28
1.3.6.1.4.1.99999.2.2.170.187.204.221.238|4x|ff02aabbccddeeff
1.3.6.1.4.1.99999.3.0|4x|00450058002d0050004c0041004e005400450044003700370020
1.3.6.1.6.3.10.2.1.1.0|4x|8000000b0302aabbccddee
1.3.6.1.6.3.15.1.2.2.1.3.5.1.2.3.4.5.4.112.108.97.110|4|plan
";

fn redacted(text: &str) -> (Redacted, String) {
    let values = record::parse(text.as_bytes(), Mode::Strict).unwrap().values;
    let redacted = redact(&values, &ReadContext::default());
    let written = record::write(&redacted.values);
    (redacted, written)
}

#[test]
fn planted_values_are_in_no_byte_of_the_recording() {
    let (_, written) = redacted(PLANTED);
    let octets = |text: &str| text.bytes().map(|octet| format!("{octet:02x}")).collect::<String>();
    let wide = |text: &str| text.bytes().map(|octet| format!("00{octet:02x}")).collect::<String>();
    let lower = written.to_lowercase();
    for planted in
        ["EX-PLANTED77", "Planted", "Roberta", "555 0199", "PLANTEDQUEUE", "prn-planted", "CRUM-PLANTED42"]
    {
        for form in [planted.to_lowercase(), octets(planted), octets(&planted.to_lowercase()), wide(planted)]
        {
            assert!(!lower.contains(&form), "{planted} as {form} in\n{written}");
        }
    }
    for planted in [
        "10.20.30.40",
        "10.20.30.1\n",
        "0a141e28",
        "02aabbccddee",
        "02:aa:bb:cc:dd:ee",
        "fd00:abcd",
        "253.0.171.205",
        "2.170.187.204.221.238",
    ] {
        assert!(!lower.contains(planted), "{planted} in\n{written}");
    }
}

#[test]
fn secrets_of_makers_are_left_out_and_their_neighbours_stay() {
    let text = "\
1.3.6.1.4.1.253.8.51.1.2.1.12.1|4|kept
1.3.6.1.4.1.253.8.51.1.2.1.13.1|4|leaked
1.3.6.1.4.1.253.8.51.1.2.1.14.1|4|leaked
1.3.6.1.4.1.253.8.51.1.2.1.15.1|4|leaked
1.3.6.1.4.1.253.8.53.5.2.1.7.1|4|leaked
1.3.6.1.4.1.2435.2.4.3.1240.1.14.0|4|kept
1.3.6.1.4.1.2435.2.4.3.1240.1.15.0|4|leaked
1.3.6.1.4.1.2435.2.4.3.1240.1.17.0|4|leaked
1.3.6.1.4.1.2001.1.2.683.3.2.0|4|kept
1.3.6.1.4.1.2001.1.2.683.3.3.0|4|leaked
1.3.6.1.4.1.2001.1.2.683.6.3.1.4.27.0|4|leaked
1.3.6.1.4.1.11.2.3.9.1.1.13.0|4x|0101006c65616b6564
1.3.6.1.4.1.2699.1.2.1.2.1.1.7.1|4|leaked
";
    let (redacted, written) = redacted(text);
    assert_eq!((redacted.values.len(), redacted.left_out), (3, 10));
    assert!(!written.contains("leaked") && !written.contains("6c65616b6564"), "{written}");
}

#[test]
fn options_of_xcmi_devices_are_left_out_whatever_they_are_for_and_their_neighbours_stay() {
    // A password is told from a host name by an object identifier only, in another column or another table.
    let text = "\
1.3.6.1.4.1.253.8.51.10.1.2.0|65|2
1.3.6.1.4.1.253.8.51.10.2.1.3.1.1|6|1.3.6.1.4.1.253.8.63.19.1503.1
1.3.6.1.4.1.253.8.51.10.2.1.4.1.1|2|3
1.3.6.1.4.1.253.8.51.10.2.1.7.1.1|4|leaked
1.3.6.1.4.1.253.8.51.10.2.1.7.1.2|4x|6c65616b6564
1.3.6.1.4.1.253.8.51.11.1.1.0|65|1
1.3.6.1.4.1.253.8.63.5.1.0|4|leaked
1.3.6.1.4.1.253.8.64.3.2.1.3.1|2|7
1.3.6.1.4.1.253.8.64.4.2.1.3.7|6|1.3.6.1.4.1.253.8.63.14.1301.50
1.3.6.1.4.1.253.8.64.4.2.1.7.7|4|leaked
1.3.6.1.4.1.253.8.64.6.2.1.4.3.1.9|4|leaked
1.3.6.1.4.1.253.8.64.7.2.1.3.1|4|leaked
1.3.6.1.4.1.253.8.55.6.1.0|2|3
";
    let (redacted, written) = redacted(text);
    assert_eq!((redacted.values.len(), redacted.left_out), (5, 8), "{written}");
    for secret in ["leaked", "6c65616b6564", ".253.8.51.10.2.1.7.", "|1.3.6.1.4.1.253.8.63.14"] {
        assert!(!written.contains(secret), "{secret} in\n{written}");
    }
    assert!(written.contains("1.3.6.1.4.1.253.8.55.6.1.0|2|3"), "{written}");
}

#[test]
fn queues_are_replaced_wherever_they_stand_and_schemes_and_usual_queues_stay() {
    let text = "\
1.3.6.1.2.1.1.5.0|4|ldap.corp.example
1.3.6.1.2.1.43.14.1.1.9.1.1|4|port=515 queue=hr-payroll
1.3.6.1.2.1.43.14.1.1.9.1.2|4|queue=raw
1.3.6.1.2.1.43.16.5.1.2.1.1|4|HR-Payroll: ready to print raw
1.3.6.1.4.1.2699.1.2.1.3.1.1.4.1.1|4|lpr://192.0.2.1/board-room
1.3.6.1.4.1.2699.1.2.1.3.1.1.4.1.2|4|ipp://192.0.2.1:631/ipp/print
1.3.6.1.4.1.99999.1.0|4|ldap://ldap.corp.example/board-room
";
    let (redacted, written) = redacted(text);
    let lower = written.to_lowercase();
    for planted in ["hr-payroll", "board-room", "corp.example"] {
        assert!(!lower.contains(planted), "{planted} in\n{written}");
    }
    let text = |name: &str| {
        String::from_utf8_lossy(redacted.values[&name.parse().unwrap()].as_bytes().unwrap()).into_owned()
    };
    assert!(text("1.3.6.1.2.1.43.14.1.1.9.1.1").starts_with("port=515 queue=name-"), "{written}");
    assert_eq!(text("1.3.6.1.2.1.43.14.1.1.9.1.2"), "queue=raw");
    assert!(text("1.3.6.1.2.1.43.16.5.1.2.1.1").ends_with(": ready to print raw"), "{written}");
    assert!(text("1.3.6.1.4.1.2699.1.2.1.3.1.1.4.1.2").ends_with(":631/ipp/print"), "{written}");
    assert!(text("1.3.6.1.4.1.99999.1.0").starts_with("ldap://name-"), "{written}");
}

#[test]
fn no_half_of_a_mac_address_is_left_nor_the_names_that_end_with_one() {
    let text = "\
1.3.6.1.2.1.1.5.0|4|BRN5B6C7D
1.3.6.1.2.1.2.2.1.6.1|4x|3c2af45b6c7d
1.3.6.1.2.1.43.16.5.1.2.1.1|4|http://npi5b6c7d/ (3C2AF45B6C7D)
1.3.6.1.4.1.99999.1.0|4|HP5B6C7D counted 105B6C7D
";
    let (redacted, written) = redacted(text);
    let lower = written.to_lowercase().replace("105b6c7d", "");
    for planted in ["5b6c7d", "3c2af4"] {
        assert!(!lower.contains(planted), "{planted} in\n{written}");
    }
    assert_eq!(
        redacted.values[&oid!("1.3.6.1.2.1.2.2.1.6.1")].as_bytes(),
        Some(&[0, 0, 0x5E, 0, 0x53, 1][..])
    );
    assert!(written.contains("HP005301 counted 105B6C7D") && written.contains("(00005E005301)"), "{written}");
}

#[test]
fn the_organisations_word_goes_from_every_text_and_the_makers_stays() {
    let text = "\
1.3.6.1.2.1.1.1.0|4|Brother NC-340h, fleet of ACME
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.2435.2.3.9.1
1.3.6.1.2.1.1.4.0|4|help@brother.com
1.3.6.1.2.1.1.5.0|4|prn-7.emea.acme.co.uk
1.3.6.1.2.1.25.3.2.1.3.1|4|Brother HL-L6400DW
1.3.6.1.2.1.43.16.5.1.2.1.1|4|Welcome to Acme printers
1.3.6.1.2.1.43.18.1.1.8.1.1|4|call globex or acmeous
1.3.6.1.4.1.99999.1.0|4|jane@globex.example
";
    let (_, written) = redacted(text);
    let lower = written.to_lowercase().replace("acmeous", "");
    assert!(!lower.contains("acme") && !lower.contains("globex"), "{written}");
    assert!(written.contains("Brother HL-L6400DW") && written.contains(" printers\n"), "{written}");
}

#[test]
fn what_a_text_calls_a_password_is_replaced_there_and_a_telling_one_everywhere() {
    let text = "\
1.3.6.1.2.1.43.16.5.1.2.1.1|4|Admin Password: hunter22, PIN=0815
1.3.6.1.2.1.43.16.5.1.2.1.2|4|WebPassword = \"ready\"
1.3.6.1.2.1.43.16.5.1.2.1.3|4|hunter22 is ready
1.3.6.1.2.1.43.16.5.1.2.1.4|4|Password policy: strong; spin: 5
";
    let (redacted, written) = redacted(text);
    let line = |at: u32| {
        let name = oid!("1.3.6.1.2.1.43.16.5.1.2.1").child(at).unwrap();
        String::from_utf8_lossy(redacted.values[&name].as_bytes().unwrap()).into_owned()
    };
    assert!(!written.contains("hunter") && !written.contains("0815"), "{written}");
    assert!(line(1).starts_with("Admin Password: secret-"), "{written}");
    assert!(line(2).starts_with("WebPassword = \"secret-"), "{written}");
    assert!(line(3).starts_with("secret-") && line(3).ends_with(" is ready"), "{written}");
    assert_eq!(line(4), "Password policy: strong; spin: 5");
    assert_eq!(redacted.replaced["secret"], 3);
}

#[test]
fn a_serial_number_is_found_with_hyphens_and_without() {
    let text = "\
1.3.6.1.2.1.1.1.0|4|Laser; serial-number: ZQ-12-3456; SN-778899A
1.3.6.1.2.1.43.5.1.1.17.1|4|AB1234567
1.3.6.1.4.1.99999.1.0|4|ab-123-4567, ZQ123456 and 778899a
";
    let (_, written) = redacted(text);
    let lower = written.to_lowercase();
    for planted in ["zq-12", "zq12", "778899", "ab-123", "1234567"] {
        assert!(!lower.contains(planted), "{planted} in\n{written}");
    }
    assert!(written.contains("xx-000-000") && written.contains("XX-00-000"), "{written}");
}

#[test]
fn the_same_original_has_the_same_replacement_and_types_and_lengths_stay() {
    let (redacted, written) = redacted(PLANTED);
    let before = record::parse(PLANTED.as_bytes(), Mode::Strict).unwrap().values;
    let text = |name: &str| {
        String::from_utf8_lossy(redacted.values[&name.parse().unwrap()].as_bytes().unwrap()).into_owned()
    };
    let serial = text("1.3.6.1.2.1.43.5.1.1.17.1");
    assert!(serial.len() == "EX-PLANTED77".len() && serial.starts_with("XX-XXXXXXX"), "{serial}");
    assert!(text("1.3.6.1.2.1.1.1.0").contains(&serial), "{written}");
    assert_eq!(text("1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.3.0"), format!("\u{1}\u{15}{serial}"));
    assert_eq!(text("1.3.6.1.2.1.43.16.5.1.2.1.2"), format!("{serial}\n"));
    let name = text("1.3.6.1.2.1.1.5.0");
    assert!(text("1.3.6.1.2.1.43.14.1.1.9.1.1").starts_with(&format!("ipp://{name}:631/")), "{written}");
    let own = oid!("1.3.6.1.2.1.4.20.1.3.192.0.2.1");
    assert_eq!(redacted.values[&own], Value::IpAddress([255, 255, 255, 0]));
    assert_eq!(redacted.left_out, 2, "a neighbour and an SNMP user");
    let types = |values: &BTreeMap<Oid, Value>| -> BTreeMap<_, usize> {
        let mut types = BTreeMap::new();
        for value in values.values() {
            *types.entry(format!("{:?}", std::mem::discriminant(value))).or_default() += 1;
        }
        types
    };
    let kept = before.into_iter().filter(|(name, _)| !sources::is_others_data(name)).collect();
    assert_eq!(types(&kept), types(&redacted.values));
    assert!(
        redacted.replaced["serial number"] >= 2 && redacted.replaced["MAC address"] == 1,
        "{:?}",
        redacted.replaced
    );
}

#[test]
fn what_is_not_taken_out_reads_the_same_as_before() {
    for recording in synthetic::ALL {
        let values = record::parse(recording.text.as_bytes(), Mode::Strict).unwrap().values;
        let redacted = redact(&values, &ReadContext::default());
        let read = |values: BTreeMap<Oid, Value>| build(&ObjectStore::from(values), &ReadContext::default());
        let (before, after) = (read(values), read(redacted.values));
        let name = recording.name;
        assert_eq!(before.counters, after.counters, "{name}");
        assert_eq!(before.status.overall, after.status.overall, "{name}");
        assert_eq!(before.status.alerts, after.status.alerts, "{name}");
        assert_eq!(before.status.console_messages, after.status.console_messages, "{name}");
        assert_eq!(before.identity.manufacturer, after.identity.manufacturer, "{name}");
        assert_eq!(before.identity.make_and_model, after.identity.make_and_model, "{name}");
        assert_eq!(before.identity.firmware_version, after.identity.firmware_version, "{name}");
        assert_ne!(before.identity.serial_number, after.identity.serial_number, "{name}");
        let levels = |report: &DeviceReport| {
            report
                .supplies
                .supplies
                .iter()
                .map(|it| (it.level, it.max_capacity, it.name.clone()))
                .collect::<Vec<_>>()
        };
        if name != "samsung" {
            assert_eq!(levels(&before), levels(&after), "{name}");
        }
    }
}
