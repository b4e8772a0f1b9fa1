//! What was read beside what is sent, element by element.

use super::tree::Node;
use std::collections::BTreeMap;

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) depth: usize,
    /// Name of the element, with its position where there are several.
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) fate: Fate,
}

/// What became of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is sent as it was read; also an element that only holds others.
    Same,
    /// It is sent with other content.
    Changed,
    /// It is not sent.
    Withheld {
        /// What the header says about it: reason, and perhaps more.
        reason: Option<String>,
    },
    /// It is sent and was not read.
    Added,
}

/// A note of the header: what is missing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) element: String,
    pub(super) reason: String,
    pub(super) detail: Option<String>,
    /// Whether it is there because of the redaction.
    pub(super) added: bool,
}

/// Compares two documents of one kind. Their headers' notes come apart from the rest.
pub(super) fn compare(before: &Node, after: &Node) -> (Vec<Row>, Vec<Note>) {
    let known = notes(before);
    let mut notes = notes(after);
    for note in &mut notes {
        note.added = !known.iter().any(|known| known.element == note.element && known.reason == note.reason);
    }
    let mut comparison = Comparison { rows: Vec::new(), notes: &notes };
    comparison.children(&for_people(before), &for_people(after), "", 0);
    (comparison.rows, notes)
}

/// The document with its header at the end and without notes, and attributes in one line with the text.
fn for_people(document: &Node) -> Node {
    let mut shown = document.clone();
    shown.children.sort_by_key(|child| child.name == "Header");
    if let Some(header) = shown.children.last_mut().filter(|child| child.name == "Header") {
        header.children.retain(|child| child.name != "Withheld");
    }
    in_one_line(&mut shown);
    shown
}

fn in_one_line(node: &mut Node) {
    let attributes =
        !node.children.is_empty() && node.children.iter().all(|child| child.name.starts_with('@'));
    if !attributes {
        node.children.iter_mut().for_each(in_one_line);
        return;
    }
    let told = node.children.drain(..).map(|attribute| {
        format!("{}: {}", attribute.name.trim_start_matches('@'), attribute.text.unwrap_or_default())
    });
    let told = told.collect::<Vec<_>>().join(", ");
    node.text = Some(match node.text.take() {
        Some(text) => format!("{text} ({told})"),
        None => told,
    });
}

fn notes(document: &Node) -> Vec<Note> {
    let header = document.children.iter().find(|child| child.name == "Header");
    let withheld =
        header.into_iter().flat_map(|header| &header.children).filter(|child| child.name == "Withheld");
    withheld
        .map(|note| Note {
            element: note.value("@element").unwrap_or_default().to_owned(),
            reason: note.value("@reason").unwrap_or_default().to_owned(),
            detail: note.value("@detail").map(str::to_owned),
            added: false,
        })
        .collect()
}

struct Comparison<'a> {
    rows: Vec<Row>,
    notes: &'a [Note],
}

impl Comparison<'_> {
    /// `path` is that of the parent in what is sent, below the root.
    fn children(&mut self, before: &Node, after: &Node, path: &str, depth: usize) {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for child in &before.children {
            counts.entry(&child.name).or_default().0 += 1;
        }
        for child in &after.children {
            counts.entry(&child.name).or_default().1 += 1;
        }
        let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (was, is) in pairs(&before.children, &after.children) {
            let Some(name) = was.or(is).map(|node| node.name.as_str()) else { continue };
            let several = counts.get(name).is_some_and(|(before, after)| *before.max(after) > 1);
            let position = seen.entry(name).or_default();
            position.0 += usize::from(was.is_some());
            position.1 += usize::from(is.is_some());
            let shown = if several { position.0.max(position.1) } else { 0 };
            let step =
                |position: usize| if several { format!("{name}[{position}]") } else { name.to_owned() };
            let child =
                if path.is_empty() { step(position.1) } else { format!("{path}/{}", step(position.1)) };
            let list = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let shown = if shown > 0 { format!("{name} {shown}") } else { name.to_owned() };
            match (was, is) {
                (Some(was), Some(is)) => {
                    let fate = if was.text == is.text { Fate::Same } else { Fate::Changed };
                    self.push(depth, shown, was.text.clone(), is.text.clone(), fate);
                    self.children(was, is, &child, depth + 1);
                }
                (Some(was), None) => {
                    let reason = self.reason(&[&list, &child, &format!("{list}[1]"), &of_all_rows(&list)]);
                    self.gone(was, depth, shown, reason.as_deref());
                }
                (None, Some(is)) => self.added(is, depth, shown),
                (None, None) => {}
            }
        }
    }

    fn reason(&self, elements: &[&str]) -> Option<String> {
        let note =
            elements.iter().find_map(|element| self.notes.iter().find(|note| note.element == *element))?;
        Some(match &note.detail {
            Some(detail) => format!("{}: {detail}", note.reason),
            None => note.reason.clone(),
        })
    }

    fn gone(&mut self, node: &Node, depth: usize, shown: String, reason: Option<&str>) {
        let fate = Fate::Withheld { reason: reason.map(str::to_owned) };
        self.push(depth, shown, node.text.clone(), None, fate);
        for child in &node.children {
            self.gone(child, depth + 1, child.name.clone(), reason);
        }
    }

    fn added(&mut self, node: &Node, depth: usize, shown: String) {
        self.push(depth, shown, None, node.text.clone(), Fate::Added);
        for child in &node.children {
            self.added(child, depth + 1, child.name.clone());
        }
    }

    fn push(
        &mut self,
        depth: usize,
        name: String,
        before: Option<String>,
        after: Option<String>,
        fate: Fate,
    ) {
        self.rows.push(Row { depth, name, before, after, fate });
    }
}

/// The path without positions.
fn of_all_rows(path: &str) -> String {
    let steps = path.split('/').map(|step| step.split('[').next().unwrap_or(step));
    steps.collect::<Vec<_>>().join("/")
}

type Pair<'a> = (Option<&'a Node>, Option<&'a Node>);

/// Children that stand for each other. Redaction takes elements away and changes them, but never moves them.
fn pairs<'a>(before: &'a [Node], after: &'a [Node]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::with_capacity(before.len());
    let mut rest = after.iter().peekable();
    let mut run = 0;
    while run < before.len() {
        let name = &before[run].name;
        let end = run + before[run..].iter().take_while(|node| node.name == *name).count();
        // what stands before the run in what is sent was not read
        while let Some(new) = rest.next_if(|node| !before[run..].iter().any(|was| was.name == node.name)) {
            pairs.push((None, Some(new)));
        }
        let mut sent = Vec::new();
        while let Some(node) = rest.next_if(|node| node.name == *name) {
            sent.push(node);
        }
        pair_run(&before[run..end], &sent, &mut pairs);
        run = end;
    }
    pairs.extend(rest.map(|new| (None, Some(new))));
    pairs
}

/// Entries of one list: where some are gone, those that are the same stand for each other first.
fn pair_run<'a>(before: &'a [Node], sent: &[&'a Node], pairs: &mut Vec<Pair<'a>>) {
    let mut next = 0;
    for (at, was) in before.iter().enumerate() {
        let spare = (before.len() - at).saturating_sub(sent.len() - next);
        let taken = match sent.get(next) {
            None => false,
            Some(is) if spare == 0 || *is == was => true,
            // this one is gone when what is sent next is one of those behind it, to the letter
            Some(is) => {
                !before[at + 1..].iter().take(spare).any(|later| later == *is) && looks_alike(was, is)
            }
        };
        pairs.push((Some(was), taken.then(|| sent[next])));
        next += usize::from(taken);
    }
    pairs.extend(sent[next..].iter().map(|new| (None, Some(*new))));
}

/// Whether one may have become the other: some of its text is still there.
fn looks_alike(was: &Node, is: &Node) -> bool {
    match (&was.text, &is.text) {
        (Some(was), Some(is)) => {
            let kept = is.split(['[', ']']).step_by(2).filter(|piece| !piece.is_empty());
            let mut kept = kept.peekable();
            kept.peek().is_some() && kept.all(|piece| was.contains(piece))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    fn rows(before: &str, after: &str) -> Vec<(String, Option<String>, Option<String>, Fate)> {
        let (rows, _) = compare(&parse(before.as_bytes()).unwrap(), &parse(after.as_bytes()).unwrap());
        rows.into_iter().map(|row| (row.name, row.before, row.after, row.fate)).collect()
    }

    #[test]
    fn what_is_gone_has_its_reason() {
        let rows = rows(
            "<I><Header/><A>1</A><B>2</B></I>",
            "<I><Header><Withheld element=\"B\" reason=\"redacted\" detail=\"why\"/></Header><A>x</A></I>",
        );
        assert_eq!(rows[0], ("A".into(), Some("1".into()), Some("x".into()), Fate::Changed));
        let fate = Fate::Withheld { reason: Some("redacted: why".into()) };
        assert_eq!(rows[1], ("B".into(), Some("2".into()), None, fate));
        assert_eq!(rows[2].0, "Header");
    }

    #[test]
    fn entries_of_lists_that_are_left_stand_beside_what_they_were() {
        let rows = rows(
            "<N><D>ip-192-0-2-1.x</D><D>a</D><D>b 10.0.0.1</D></N>",
            "<N><D>a</D><D>b [withheld]</D></N>",
        );
        let after: Vec<_> = rows.iter().map(|(_, _, after, _)| after.as_deref()).collect();
        assert_eq!(after, [None, Some("a"), Some("b [withheld]")]);
    }

    #[test]
    fn a_row_below_one_that_is_left_finds_the_note_by_the_position_that_is_sent() {
        let before = "<N><Header/><I><A>1</A></I><I><A>2</A><V>9</V></I></N>";
        let after = "<N><Header><Withheld element=\"I[2]/V\" reason=\"lockdown\"/></Header><I><A>1</A></I><I><A>2</A></I></N>";
        let rows = rows(before, after);
        let fate = Fate::Withheld { reason: Some("lockdown".into()) };
        assert!(rows.contains(&("V".into(), Some("9".into()), None, fate)), "{rows:?}");
    }

    #[test]
    fn attributes_stand_in_one_line_with_the_text() {
        let one = "<C><Header><Source element=\"L\" object=\"1.3\"/></Header><L unit=\"sheets\">7</L></C>";
        let rows = rows(one, one);
        assert_eq!(rows[0].1.as_deref(), Some("7 (unit: sheets)"));
        assert_eq!(rows[2].1.as_deref(), Some("element: L, object: 1.3"));
    }
}
