//! A profile at work: the path of the member at hand, what was learnt, and what is noted as missing.

use super::columns::Content;
use super::known::Known;
use super::names::Names;
use super::part::{Fate, Name, Part, is_header};
use super::plan::{Decision, Plan, Reason};
use super::{Document, Redaction, Treatment, header, shape};
use crate::reading::Withheld;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

/// A profile at work on one report: first it learns what to look for, then it takes that out.
pub(crate) struct Rules {
    plan: Plan,
    learning: bool,
    /// From the root of the kind, without positions; and from below it, with positions.
    path: String,
    shown: String,
    /// What is done with the member at hand: asked for when it is needed, as most members hold no text.
    current: Option<Decision>,
    known: Known,
    names: Names,
    /// What the kind at hand has lost.
    notes: Vec<Withheld>,
    noted: BTreeSet<(Reason, String)>,
    /// Entries that were taken out of lists, in that order: list and position.
    removed: Vec<(String, usize)>,
}

impl Rules {
    pub(super) fn new(redaction: &Redaction) -> Self {
        let mut known = Known::default();
        redaction.known.iter().for_each(|address| known.add(*address));
        let plan = redaction.plan.clone();
        Self {
            plan,
            learning: true,
            path: String::new(),
            shown: String::new(),
            current: None,
            known,
            names: Names::default(),
            notes: Vec::new(),
            noted: BTreeSet::new(),
            removed: Vec::new(),
        }
    }

    /// Learns the addresses and names in the places that are made for them.
    pub(super) fn learn<D: Document>(&mut self, document: &mut D) {
        self.learning = true;
        self.below(document);
    }

    /// Takes out what must not go out; the header takes up what was lost.
    pub(super) fn document<D: Document>(&mut self, document: &mut D) {
        self.learning = false;
        self.below(document);
        let notes = core::mem::take(&mut self.notes);
        self.noted.clear();
        let removed = core::mem::take(&mut self.removed);
        header::redact(self, document.header(), &removed, notes);
    }

    fn below<D: Document>(&mut self, document: &mut D) {
        D::ROOT.clone_into(&mut self.path);
        self.shown.clear();
        self.current = None;
        document.redact(self);
    }

    fn current(&mut self) -> Decision {
        *self.current.get_or_insert_with(|| self.plan.decide(&self.path))
    }

    /// A member of a record.
    pub(crate) fn member<P: Part>(&mut self, name: Name, part: &mut P) {
        if is_header::<P>() || part.is_nothing() {
            return;
        }
        let (path, shown, outer) = (self.path.len(), self.shown.len(), self.current);
        if name != Name::Content {
            name.push_to(&mut self.path);
            name.push_to(&mut self.shown);
            self.current = None;
        }
        if part.redact(self) == Fate::Gone {
            self.note_member();
        }
        self.path.truncate(path);
        self.shown.truncate(shown);
        self.current = outer;
    }

    /// An entry of a list; positions count from 1.
    pub(crate) fn entry<P: Part>(&mut self, position: usize, part: &mut P) -> Fate {
        if self.learning {
            return part.redact(self);
        }
        let (shown, outer) = (self.shown.len(), self.current());
        self.shown.push_str(&format!("[{position}]"));
        let fate = part.redact(self);
        self.shown.truncate(shown);
        // why the entry goes, if it goes
        self.current = Some(Decision { reason: self.current().reason, ..outer });
        fate
    }

    /// Whether the member at hand goes as a whole.
    pub(crate) fn takes_all(&mut self) -> bool {
        !self.learning && self.current().treatment == Treatment::Withhold
    }

    /// Notes that the member at hand is gone.
    pub(crate) fn note_member(&mut self) {
        self.note_rule(None);
    }

    /// Notes what a rule did. Records of jobs are many and alike: one note speaks of all rows, without positions.
    fn note_rule(&mut self, detail: Option<&str>) {
        let reason = self.current().reason;
        let of_jobs =
            ["JobAccounting/", "PrintControl/"].iter().find_map(|root| self.path.strip_prefix(root));
        match of_jobs.map(ToOwned::to_owned) {
            Some(every_row) => self.note_at(every_row, reason, detail),
            None => self.note(reason, detail),
        }
    }

    /// The entry at this position of the list at hand is gone: sources and notes about those behind it move up.
    pub(crate) fn forget_entry(&mut self, position: usize) {
        self.removed.push((self.shown.clone(), position));
    }

    /// A text of the model.
    pub(crate) fn text(&mut self, text: &mut String) -> Fate {
        if self.learning {
            self.learn_text(text);
            return Fate::Stays;
        }
        let current = self.current();
        match (current.treatment, &self.plan.key) {
            (Treatment::Keep, _) => self.keep(text),
            (Treatment::Pseudonym, Some(key)) => {
                *text = key.of(text);
                self.note_rule(Some("a pseudonym stands in its place"));
                Fate::Stays
            }
            _ => {
                mark(current.reason).clone_into(text);
                Fate::Gone
            }
        }
    }

    /// A word of an enumeration that is not in its list.
    pub(crate) fn token(&mut self, token: &mut Box<str>) {
        if !self.learning {
            let mut text = String::from(&**token);
            self.keep(&mut text);
            if *text != **token {
                *token = text.into_boxed_str();
            }
        }
    }

    fn learn_text(&mut self, text: &str) {
        let current = self.current();
        if self.plan.hides_addresses() {
            match current.content {
                Content::Address => self.known.add_text(text),
                Content::Ipx => self.known.add_ipx(text),
                Content::Mac => self.known.add_mac(text),
                _ => {}
            }
        }
        if current.names && current.treatment != Treatment::Keep {
            self.names.add(text);
        }
    }

    /// The text stays, but for what must not be in it.
    fn keep(&mut self, text: &mut String) -> Fate {
        let current = self.current();
        let content = current.content;
        let spells_address = match content {
            Content::Name => !self.addresses_in(text, content).is_empty(),
            Content::EngineId => self.plan.hides_addresses() && self.is_made_from_address(text),
            _ => false,
        };
        if spells_address {
            // with a hole in it, it names nothing
            let reason = self.plan.reason_for_address();
            self.current = Some(Decision { reason, ..current });
            mark(reason).clone_into(text);
            return Fate::Gone;
        }
        let lost = self.clean(text, content, !current.as_it_is);
        if lost.address {
            self.note(self.plan.reason_for_address(), Some("an address in the text"));
        }
        if lost.personal {
            self.note(Reason::Redacted, Some("in the text"));
        }
        Fate::Stays
    }

    /// A text that stands in no document: a sentence of ours, which may quote this host's errors.
    pub(super) fn sentence(&self, text: &mut String) {
        let mut paths = Vec::new();
        shape::paths(text, &mut paths);
        replace(text, &paths, &[]);
        self.clean(text, Content::Words, true);
    }

    /// Takes what must not go out of a text and leaves a mark in its place.
    pub(super) fn clean(&self, text: &mut String, content: Content, personal: bool) -> Lost {
        let mut people = Vec::new();
        if personal {
            shape::mail_addresses(text, &mut people);
            // a serial number stays, also where somebody wrote it into a value of their own
            if !content.is_code() {
                self.names.find_numbers(text, &mut people);
            }
            if matches!(content, Content::People | Content::Name) {
                shape::document_names(text, &mut people);
                shape::phone_numbers(text, &mut people);
                self.names.find(text, &mut people);
            }
        }
        let addresses = self.addresses_in(text, content);
        let lost = Lost { address: !addresses.is_empty(), personal: !people.is_empty() };
        replace(text, &people, &addresses);
        lost
    }

    fn addresses_in(&self, text: &str, content: Content) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if !self.plan.hides_addresses() {
            return found;
        }
        shape::addresses(text, &mut found);
        if content.is_code() {
            found.retain(|span| {
                shape::v4_octets(&text[span.clone()]).is_none_or(|octets| self.known.is_in(&octets))
            });
        } else {
            shape::ipx_addresses(text, &mut found);
        }
        self.known.find(text, &mut found);
        found
    }

    /// Engine ids are made from an address in formats 1 and 2 (RFC 3411, SnmpEngineID), may be in the form of
    /// before RFC 3411, and hold text in format 4.
    fn is_made_from_address(&self, text: &str) -> bool {
        match octets(text).as_deref() {
            Some([first, _, _, _, rest @ ..]) if first & 0x80 != 0 => {
                let spelled = match rest {
                    [1 | 2, ..] => true,
                    [4, words @ ..] => {
                        !self.addresses_in(&String::from_utf8_lossy(words), Content::Words).is_empty()
                    }
                    _ => false,
                };
                spelled || self.known.is_in(rest)
            }
            Some(_) => true,
            None => !self.addresses_in(text, Content::Words).is_empty(),
        }
    }

    pub(super) fn hides_addresses(&self) -> bool {
        self.plan.hides_addresses()
    }

    fn note(&mut self, reason: Reason, detail: Option<&str>) {
        self.note_at(self.shown.clone(), reason, detail);
    }

    fn note_at(&mut self, element: String, reason: Reason, detail: Option<&str>) {
        if self.noted.insert((reason, element.clone())) {
            let detail = detail.map(ToString::to_string);
            self.notes.push(Withheld { element, reason: reason.into(), detail });
        }
    }
}

/// What was in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) address: bool,
    pub(super) personal: bool,
}

fn mark(reason: Reason) -> &'static str {
    match reason {
        Reason::Redacted => REDACTED,
        Reason::Lockdown | Reason::Policy => WITHHELD,
    }
}

/// Stands in the place of personal data.
const REDACTED: &str = "[redacted]";
/// Stands in the place of an address, and of what the site's rules take out.
const WITHHELD: &str = "[withheld]";

/// Puts marks in the place of the spans, whatever their order; where two meet, an address counts.
fn replace(text: &mut String, personal: &[Range<usize>], addresses: &[Range<usize>]) {
    let mut spans: Vec<_> = personal.iter().map(|span| (span.start, span.end, REDACTED)).collect();
    spans.extend(addresses.iter().map(|span| (span.start, span.end, WITHHELD)));
    if spans.is_empty() {
        return;
    }
    spans.sort_unstable();
    let mut clean = String::with_capacity(text.len());
    let mut spans = spans.into_iter().peekable();
    let mut copied = 0;
    while let Some((start, mut end, mut mark)) = spans.next() {
        while let Some((_, next_end, next_mark)) = spans.next_if(|(next_start, _, _)| *next_start < end) {
            end = end.max(next_end);
            if next_mark == WITHHELD {
                mark = next_mark;
            }
        }
        clean.push_str(&text[copied..start]);
        clean.push_str(mark);
        copied = end;
    }
    clean.push_str(&text[copied..]);
    *text = clean;
}

/// The octets of hexadecimal text, with or without joints and `0x`.
fn octets(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Vec<u32> = text
        .chars()
        .filter(|character| !matches!(character, ':' | '-' | ' '))
        .map(|character| character.to_digit(16))
        .collect::<Option<_>>()?;
    if digits.is_empty() || digits.len() % 2 == 1 {
        return None;
    }
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_replace_spans_that_meet() {
        let mut text = String::from("a 1@2.3 b 4.5 c");
        replace(&mut text, &[2..7, 14..15], &[4..7, 10..13]);
        assert_eq!(text, "a [withheld] b [withheld] [redacted]");
    }

    #[test]
    fn hexadecimal_text_is_read_with_and_without_joints() {
        assert_eq!(octets("0x80:00 1f-88"), Some(Vec::from([0x80, 0, 0x1F, 0x88])));
        assert_eq!(octets("8"), None);
        assert_eq!(octets("text"), None);
    }
}
