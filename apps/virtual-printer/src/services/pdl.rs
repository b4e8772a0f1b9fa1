//! How many sides print data makes, by its language.
//!
//! | language | a side is |
//! | --- | --- |
//! | text, PCL | ended by a form feed; octets of raster graphics and fonts (`ESC … nW`) are none |
//! | PostScript | a `%%Page:` comment, or without any `showpage` |
//! | PDF | an object of `/Type /Page` |
//!
//! The last side need not be ended. PCL XL is binary and counts as one side.

/// Counts sides in pieces of print data.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    form_feeds: u32,
    show_pages: u32,
    page_comments: u32,
    pdf_pages: u32,
    /// Something was marked since the last form feed.
    open: bool,
    any: bool,
    language: Option<Language>,
    head: Vec<u8>,
    /// The last octets seen, so that a word cut by the network is still found.
    tail: Vec<u8>,
    escape: Escape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Pcl,
    PostScript,
    Pdf,
    PclXl,
}

/// Where in a PCL escape sequence the data is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    Outside,
    /// Behind ESC.
    Started,
    /// In the number of a parameterised sequence.
    Number(u32),
    /// In so many octets of data.
    Data(u32),
}

impl Sides {
    /// Takes in a piece.
    pub(crate) fn take(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.any = true;
            if self.language.is_none() {
                self.head.push(octet);
                self.guess();
            }
            self.one(octet);
        }
    }

    fn guess(&mut self) {
        self.language = match &self.head[..] {
            head if head.starts_with(b"%!") => Some(Language::PostScript),
            head if head.starts_with(b"%PDF") => Some(Language::Pdf),
            head if head.starts_with(b") HP-PCL XL") => Some(Language::PclXl),
            head if head.len() >= 11 => Some(Language::Pcl),
            _ => None,
        };
        if self.language.is_some() {
            self.head = Vec::new();
        }
    }

    fn one(&mut self, octet: u8) {
        if self.escaped(octet) {
            return;
        }
        if self.tail.len() == LONGEST {
            self.tail.remove(0);
        }
        self.tail.push(octet);
        if octet == FORM_FEED {
            self.form_feeds = self.form_feeds.saturating_add(1);
            self.open = false;
        } else if octet.is_ascii_graphic() {
            self.open = true;
        }
        let ends = |word: &[u8]| self.tail.ends_with(word);
        let count = if ends(b"showpage") {
            &mut self.show_pages
        } else if ends(b"%%Page:") {
            &mut self.page_comments
        } else if ends(b"/Type /Page") || ends(b"/Type/Page") {
            &mut self.pdf_pages
        } else if ends(b"/Type /Pages") || ends(b"/Type/Pages") {
            // The tree that the pages hang in was taken for a page one octet before.
            self.pdf_pages = self.pdf_pages.saturating_sub(1);
            return;
        } else {
            return;
        };
        *count = count.saturating_add(1);
    }

    /// Whether the octet belongs to an escape sequence.
    fn escaped(&mut self, octet: u8) -> bool {
        if !matches!(self.language, None | Some(Language::Pcl)) {
            return false;
        }
        self.escape = match (self.escape, octet) {
            (Escape::Data(left), _) if left > 1 => Escape::Data(left - 1),
            (Escape::Data(_), _) => Escape::Outside,
            (_, ESCAPE) => Escape::Started,
            (Escape::Outside, _) => return false,
            // ESC E and the like have two octets; the others go on.
            (Escape::Started, b'!'..=b'/') => Escape::Number(0),
            (Escape::Started, _) => Escape::Outside,
            (Escape::Number(number), b'0'..=b'9') => {
                Escape::Number(number.saturating_mul(10).saturating_add(u32::from(octet - b'0')))
            }
            (Escape::Number(number @ 1..), b'W' | b'X') => Escape::Data(number),
            (Escape::Number(_), b'@'..=b'Z') => Escape::Outside,
            // A lower-case letter ends one parameter and begins the next.
            (Escape::Number(_), _) => Escape::Number(0),
        };
        true
    }

    /// How many sides; `None` when nothing came.
    pub(crate) fn count(&self) -> Option<u32> {
        if !self.any {
            return None;
        }
        let pcl = if self.form_feeds == 0 || self.open {
            self.form_feeds + u32::from(self.open)
        } else {
            self.form_feeds
        };
        Some(match self.language {
            Some(Language::PostScript) if self.page_comments > 0 => self.page_comments,
            Some(Language::PostScript) => self.show_pages,
            Some(Language::Pdf) => self.pdf_pages.max(1),
            Some(Language::PclXl) => 1,
            None | Some(Language::Pcl) => pcl,
        })
    }
}

const FORM_FEED: u8 = 0x0C;
const ESCAPE: u8 = 0x1B;
/// The longest word that is looked for.
const LONGEST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(parts: &[&[u8]]) -> Option<u32> {
        let mut sides = Sides::default();
        for part in parts {
            sides.take(part);
        }
        sides.count()
    }

    #[test]
    fn each_language_is_counted_by_its_own_words_even_when_they_are_cut() {
        assert_eq!(sides(&[b"one\x0Ctwo\x0C"]), Some(2));
        assert_eq!(sides(&[b"one\x0Ctwo"]), Some(2));
        assert_eq!(sides(&[b"%!PS\n/x show show", b"page\n"]), Some(1));
        assert_eq!(sides(&[b"%!PS-Adobe-3.0\n/p {showpage} def\n%%Page: 1 1\np\n%%Page: 2 2\np\n"]), Some(2));
        assert_eq!(sides(&[b"%PDF-1.4 /Type /Pages /Type /Page\n/Type/Page \n"]), Some(2));
        assert_eq!(sides(&[b"hello"]), Some(1));
        assert_eq!(sides(&[]), None);
    }

    #[test]
    fn raster_graphics_of_pcl_are_no_pages() {
        assert_eq!(
            sides(&[
                b"\x1bE\x1b&l1O\x1b*r1A\x1b*b4W\x0C\x0C\x0C\x0C\x1b*b0M\x1b*b2",
                b"W\x0C\x0C\x1b*rB\x0C\x1bE"
            ]),
            Some(1)
        );
        assert_eq!(sides(&[b"\x1b%-12345X"]), Some(0));
    }
}
