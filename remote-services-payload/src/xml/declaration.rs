//! The XML declaration (XML 1.0, productions 23 to 26, 32, 80).

use super::attributes::{split, without_blanks};
use super::error::{XmlCause, excerpt};

/// Checks what stands between `<?xml` and `?>`: version, encoding and standalone in this order, each behind a blank.
pub(crate) fn check(mut rest: &str) -> Result<(), XmlCause> {
    let mut allowed = ["version", "encoding", "standalone"].as_slice();
    let mut next = || -> Result<Option<(&str, &str)>, XmlCause> {
        let part = without_blanks(rest);
        if part.is_empty() {
            return Ok(None);
        }
        if part.len() == rest.len() {
            return Err(XmlCause::Declaration("has no blank before one of its parts"));
        }
        let (name, value);
        (name, value, rest) =
            split(part).map_err(|_| XmlCause::Declaration("has a part that is not name=\"value\""))?;
        let Some(position) = allowed.iter().position(|one| *one == name) else {
            return Err(XmlCause::Declaration("has a part that is unknown, doubled or too late"));
        };
        allowed = &allowed[position + 1..];
        Ok(Some((name, value)))
    };
    match next()? {
        Some(("version", "1.0")) => {}
        Some(("version", other)) => return Err(XmlCause::ForeignVersion(excerpt(other))),
        _ => return Err(XmlCause::Declaration("does not begin with the version")),
    }
    while let Some((name, value)) = next()? {
        match name {
            "encoding" if !value.eq_ignore_ascii_case("utf-8") => {
                return Err(XmlCause::ForeignEncoding(excerpt(value)));
            }
            "standalone" if !matches!(value, "yes" | "no") => {
                return Err(XmlCause::Declaration("has a standalone that is neither yes nor no"));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_xml_allows_in_its_order() {
        for good in [
            " version='1.0'",
            " version=\"1.0\"  ",
            "\tversion = '1.0'\nencoding\t=\t\"utf-8\"",
            " version='1.0' standalone='no'",
            " version='1.0' encoding='UTF-8' standalone='yes' ",
        ] {
            assert_eq!(check(good), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn each_mistake_has_its_words() {
        for (bad, why) in [
            ("", "does not begin with the version"),
            (" encoding='UTF-8'", "does not begin with the version"),
            (" standalone='yes' version='1.0'", "does not begin with the version"),
            (" version='1.0'encoding='UTF-8'", "has no blank before one of its parts"),
            (" version='1.0' version='1.0'", "has a part that is unknown, doubled or too late"),
            (
                " version='1.0' standalone='yes' encoding='UTF-8'",
                "has a part that is unknown, doubled or too late",
            ),
            (" version='1.0' a='b'", "has a part that is unknown, doubled or too late"),
            (" VERSION='1.0'", "has a part that is unknown, doubled or too late"),
            (" version='1.0' junk", "has a part that is not name=\"value\""),
            (" version=1.0", "has a part that is not name=\"value\""),
            (" version='1.0", "has a part that is not name=\"value\""),
            (" version='1.0' standalone='maybe'", "has a standalone that is neither yes nor no"),
            (" version='1.0' standalone='YES'", "has a standalone that is neither yes nor no"),
        ] {
            assert_eq!(check(bad), Err(XmlCause::Declaration(why)), "{bad:?}");
        }
        assert_eq!(check(" version='1.1'"), Err(XmlCause::ForeignVersion("1.1".into())));
        assert_eq!(check(" version='1.0' encoding=''"), Err(XmlCause::ForeignEncoding(String::new())));
    }
}
