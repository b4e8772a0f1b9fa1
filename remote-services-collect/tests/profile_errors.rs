//! A profile that is wrong is refused with the place and the reason.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use remote_services_collect::profile::{ProfileError, Profiles};

const HEAD: &str = "schema = 1\nmanufacturer = \"Example\"\nenterprises = [99999]\n";

fn refused(rest: &str) -> String {
    let error: ProfileError = Profiles::none().with("x.toml", &format!("{HEAD}{rest}")).unwrap_err();
    error.to_string()
}

fn meter(label: &str, more: &str) -> String {
    format!("[[meter]]\nlabel = \"{label}\"\nobject = \"1.3.6.1.4.1.99999.1\"\nsource = \"seen\"\n{more}\n")
}

#[test]
fn what_no_profile_can_say_is_an_error_where_it_stands() {
    for (rest, said) in [
        ("colour = 1\n", "x.toml:4:1: unknown field `colour`"),
        ("model = [\n", "x.toml:4:10: unclosed array"),
        (
            "[[model]]\nobject = \"1.3.x\"\nsource = \"s\"\n",
            "x.toml:5:10: `1.3.x` is no object: expected a number",
        ),
        (
            "[[model]]\nobject = \"1.3.6.1.4.1.9\"\nindex = \"printer\"\nsource = \"s\"\n",
            "x.toml:6:9: `printer` is neither an arc nor `device`",
        ),
        ("[[model]]\nobject = \"1.3.6.1.4.1.9\"\n", "missing field `source`"),
    ] {
        let error = refused(rest);
        assert!(error.contains(said), "{error}");
    }
    assert!(
        refused(&meter("A", "unit = \"pages\""))
            .contains("`pages` is no unit: one of tenThousandthsOfInches")
    );
    let error = refused(&meter("A", "unit = \"sheets\"\ncounts = { service = \"printing\" }"));
    assert!(error.contains("`printing` is no service: one of other, unknown, systemTotals, copy"), "{error}");
}

#[test]
fn a_setting_may_not_take_the_name_of_one_that_every_device_has() {
    let setting = |name: &str| {
        format!(
            "[[setting]]\nname = \"{name}\"\nobject = \"1.3.6.1.4.1.99999.1\"\nlongest = 9\nsource = \"s\"\n"
        )
    };
    for name in ["name", "location", "contact", "printerName", "operator", "servicePerson"] {
        let error = refused(&setting(name));
        assert_eq!(error, format!("x.toml:5:1: setting `{name}` is one of those that every device has"));
    }
    assert!(Profiles::none().with("x.toml", &format!("{HEAD}{}", setting("assetTag"))).is_ok());
}

#[test]
fn what_would_say_nothing_or_count_twice_is_an_error() {
    let twice = |a: &str, b: &str| {
        let counts =
            |service: &str| format!("unit = \"impressions\"\ncounts = {{ service = \"{service}\" }}");
        refused(&(meter(a, &counts("print")) + &meter(b, &counts("print"))))
    };
    assert_eq!(twice("A", "B"), "x.toml:10:1: `B` fills a counter that another rule fills");
    assert_eq!(twice("A", "a"), "x.toml:10:1: label `a` stands twice, or says nothing");
    let error = refused(&meter("A", "unit = \"hours\"\ncounts = { service = \"print\" }"));
    assert_eq!(error, "x.toml:4:1: `A`: the model has no counter in hours");
    let table = "[[meter_table]]\nvalue = \"1.3.6.1.4.1.99999.1\"\nsource = \"s\"\n";
    assert!(refused(table).contains("says nothing"));
    let row = "[[meter_table.row]]\nlabel = \"A\"\nunit = \"sheets\"\n";
    assert!(refused(&format!("{table}{row}")).contains("row `A` is found by nothing"));
    assert!(refused("[[model]]\nobject = \"1.3.6.1.4.1.9\"\nsource = \" \"\n").contains("has no source"));
    assert!(refused("[[model]]\nobject = \"1.2.3\"\nsource = \"s\"\n").contains("no object of the internet"));
    let records = "[[meter_records]]\nobject = \"1.3.6.1.4.1.9\"\nsource = \"s\"\n\
        [[meter_records.row]]\nlabel = \"A\"\nkey = 256\nunit = \"sheets\"\n";
    assert!(refused(records).contains("needs a key of one octet"));
}

#[test]
fn rows_that_are_listed_by_what_is_no_index_or_with_members_that_they_lack_are_errors() {
    let rows = |listed: &str| {
        format!(
            "[[rows]]\nfills = \"component\"\ncolumns = {{ presence = \"1.3.6.1.4.1.99999.1\" }}\n\
             listed = {{ {listed} }}\nsource = \"s\"\n"
        )
    };
    let error = refused(&rows("\"1.x\" = { kind = \"finisher\" }"));
    assert_eq!(error, "x.toml:4:1: `1.x` is no index: arcs with a point between them");
    let error = refused(&rows("\"1.0\" = { colour = \"red\" }"));
    assert!(
        error.contains("`colour` is no member of such rows: presence, kind, index, description"),
        "{error}"
    );
    let right = rows("\"1.0\" = { kind = \"finisher\", description = \"Stapler\" }");
    assert!(Profiles::none().with("x.toml", &format!("{HEAD}{right}")).is_ok());
}

#[test]
fn a_scale_of_zero_one_object_in_two_meters_and_a_setting_of_an_address_are_errors() {
    let zero = "x.toml:4:1: a scale of 0 makes every number 0";
    assert_eq!(refused(&meter("A", "unit = \"sheets\"\nscale = 0")), zero);
    let value =
        "[[value]]\nfills = \"jamCount\"\nobject = \"1.3.6.1.4.1.99999.1\"\nsource = \"s\"\nscale = 0\n";
    assert_eq!(refused(value), zero);
    let unit = "unit = \"sheets\"";
    let error = refused(&(meter("A", unit) + &meter("B", unit)));
    assert!(error.ends_with("`B` counts 1.3.6.1.4.1.99999.1 once more"), "{error}");
    let words = |word: &str| format!("{unit}\nbefore = \"{word}\"");
    let two = meter("A", &words("INCHES")) + &meter("B", &words("CENTIMETERS"));
    assert!(Profiles::none().with("x.toml", &format!("{HEAD}{two}")).is_ok());
    let address =
        "[[setting]]\nname = \"address\"\nobject = \"1.3.6.1.2.1.4.20.1.1\"\nlongest = 9\nsource = \"s\"\n";
    let error = refused(address);
    assert!(error.ends_with("setting `address`: addresses and credentials are never set"), "{error}");
}

#[test]
fn a_profile_that_would_burden_a_device_is_refused() {
    let many: String = (0..97)
        .map(|n| format!("[[asset_tag]]\nobject = \"1.3.6.1.4.1.99999.{n}\"\nsource = \"s\"\n"))
        .collect();
    assert!(refused(&many).contains("more would burden the device"));
    assert!(refused(&"# \n".repeat(100_000)).contains("at most 262144 octets"));
}

#[test]
fn another_schema_a_nameless_maker_and_one_that_no_device_has_are_refused() {
    let refused = |text: &str| Profiles::none().with("x.toml", text).unwrap_err().to_string();
    assert_eq!(
        refused("schema = 2\nmanufacturer = \"A\"\nenterprises = [1]\n"),
        "x.toml:1:1: schema 2 is not known: this program reads 1"
    );
    assert!(refused("schema = 1\nmanufacturer = \"\"\nenterprises = [1]\n").contains("no name"));
    assert!(refused("schema = 1\nmanufacturer = \"A\"\n").contains("no device would have it"));
    let capitals = "schema = 1\nmanufacturer = \"A\"\n[[brand]]\nstarts = \"ACME\"\nname = \"A\"\n";
    assert!(refused(capitals).starts_with("x.toml:4:11: `ACME`"), "{}", refused(capitals));
}
