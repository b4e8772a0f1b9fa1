//! Documents in which the rules of XML meet, and changes to them: at the joints of the markup rather than anywhere.

use super::models::random::Dice;

/// Documents of the kind identity; all are well-formed, and valid but for what is unknown.
pub(crate) const SEEDS: &[&str] = &[
    "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<!-- a -->\n<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\"><Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header><ManagementState>managed</ManagementState></Identity>\n<!-- - -->\n",
    "<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\"><Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header><Description k='1' l=\"2'\">x &lt;&#65;&#x42;<![CDATA[<]]>]]<!-- - -->&gt;</Description><ManagementState>managed</ManagementState></Identity>",
    "<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\"><Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header><New xmlns:a='urn:u' xmlns:b='urn:v' a:k='1' b:k='2' k='3' ><a:n b:l=''/><b:m xmlns:b='urn:w'>t</b:m></New><ManagementState>managed</ManagementState></Identity>",
    "<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\"><Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header><New xml:lang='de' xml:space='preserve'>é<Größe xmlns=''><n xmlns='urn:u'/></Größe >\t</New\n><ManagementState>managed</ManagementState></Identity>",
    "<i:Identity xmlns:i=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\" i:k='&amp;'><i:Header><i:ReadAt>2026-11-22T09:30:00.000Z</i:ReadAt></i:Header><i:Module j:k='1' xmlns:j='urn:j'><i:Kind>fax</i:Kind><n j:k='2'/></i:Module><i:ManagementState>managed</i:ManagementState></i:Identity>",
    "<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\"><Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header><a><b c='d' e='f'>g</b><h-1.2_3 i.j='k'/></a><ManagementState>managed</ManagementState></Identity>",
];

/// Manifests with and without what may be absent.
pub(crate) const MANIFESTS: &[&str] = &[
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Manifest xmlns=\"urn:remote-services:manifest:1\" schemaVersion=\"1.0\">\n  <PayloadId>01936b2e-0000-7000-8000-000000000001</PayloadId>\n  <TransferId>01936b2e-0000-7000-8000-000000000002</TransferId>\n  <Sender>client &amp; 7</Sender>\n  <RecipientKeyId>000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</RecipientKeyId>\n  <Sequence>1</Sequence>\n  <Part number=\"1\" of=\"1\"/>\n  <CreatedAt>2026-11-22T09:30:00.000Z</CreatedAt>\n  <Redaction>default</Redaction>\n  <Entries>\n    <Entry name=\"status.xml\" kind=\"status\" size=\"7\" sha256=\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"/>\n  </Entries>\n</Manifest>\n",
    "<Manifest schemaVersion='1.0' xmlns='urn:remote-services:manifest:1'><PayloadId>01936b2e-0000-7000-8000-000000000001</PayloadId><TransferId>01936b2e-0000-7000-8000-000000000002</TransferId><Sender>a&#45;b</Sender><RecipientKeyId>000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</RecipientKeyId><Sequence>1</Sequence><Part of='1' number='1' ></Part><CreatedAt>2026-11-22T09:30:00.000Z</CreatedAt><Redaction>default</Redaction><Device>d</Device><Entries><Entry name='log' kind='engineering' size='0' sha256='000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f' schema='urn:x'/></Entries></Manifest>",
];

/// What is put in or put in the place of something.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\t",
    "\r",
    "<",
    ">",
    "/",
    "</",
    "/>",
    "=",
    "\"",
    "'",
    "&",
    ";",
    ":",
    "-",
    "!",
    "?",
    "&amp;",
    "&#32;",
    "&#x20;",
    "&#0;",
    "&#xD;",
    "&#xFFFE;",
    "&#;",
    "&x;",
    "&amp",
    "&lt;",
    "&#X41;",
    "<!--",
    "-->",
    "--",
    "--->",
    "<!---->",
    "<!-->",
    "<!--->",
    "<!-- - -->",
    "<!- x ->",
    "<![CDATA[",
    "]]>",
    "]]",
    "<![CDATA[ ]]>",
    "<![CDATA[]]>",
    "<![cdata[x]]>",
    "]]&gt;",
    "<?xml version='1.0'?>",
    "<?xml version=\"1.0\" encoding='UTF-8'?>",
    "<?xml ",
    "<?xml?>",
    "?>",
    "<?p x?>",
    "<??>",
    "<?XML?>",
    " version='1.0'",
    " encoding='UTF-8'",
    " standalone='no'",
    " standalone='maybe'",
    " encoding='Latin-1'",
    "junk",
    "<!DOCTYPE a>",
    "<!doctype a>",
    "<!DOCTYPE",
    "<!ELEMENT a>",
    "a:",
    ":a",
    "a:b",
    "a:b:c",
    "xmlns",
    "xmlns:",
    " xmlns:a='urn:u'",
    " xmlns:b='urn:u'",
    " xmlns:a=''",
    " xmlns=''",
    " xmlns:='urn:u'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    " xmlns:x='http://www.w3.org/XML/1998/namespace'",
    " xmlns:xml='urn:u'",
    " xmlns:xmlns='urn:u'",
    " xmlns:x='http://www.w3.org/2000/xmlns/'",
    " xmlns='http://www.w3.org/2000/xmlns/'",
    " xmlns='http://www.w3.org/XML/1998/namespace'",
    " xmlns:b='urn:&#117;'",
    " xmlns:1='urn:u'",
    " xmlns:a:b='urn:u'",
    " a:k='1'",
    " b:k='2'",
    " k='1'",
    " k=''",
    " k='&lt;'",
    " k='<'",
    " k='>'",
    " k=\"'\"",
    " k",
    " k=",
    " k=1",
    "k='1'",
    " :k='1'",
    " k:='1'",
    " 1k='1'",
    " xml:k='1'",
    " xmlns:k='urn:k'",
    " é='1'",
    " a:é='1'",
    "<b/>",
    "<b>",
    "</b>",
    "<b></b>",
    "<a:b/>",
    "<:b/>",
    "<b:/>",
    "< b/>",
    "<b / >",
    "<b/ >",
    "</ b>",
    "<1/>",
    "<-b/>",
    "<b.-1/>",
    "<a:1 xmlns:a='urn:u'/>",
    "1",
    ".",
    "_",
    "é",
    "×",
    "÷",
    "\u{B7}",
    "\u{300}",
    "\u{37E}",
    "\u{200B}",
    "\u{200C}",
    "\u{FEFF}",
    "\u{85}",
    "\u{A0}",
    "\u{2028}",
    "\u{FFFD}",
    "\u{FFFE}",
    "\u{10FFFF}",
    "\u{1}",
    "\u{7F}",
    "\u{0}",
    "𐀀",
];

/// Changes documents.
pub(crate) struct Mutator {
    dice: Dice,
    seeds: Vec<Vec<String>>,
}

impl Mutator {
    pub(crate) fn new(seeds: &[Vec<u8>]) -> Self {
        let seeds = seeds.iter().map(|seed| joints(std::str::from_utf8(seed).unwrap())).collect();
        Self { dice: Dice::new(2026), seeds }
    }

    /// The seed with one change, now and then with two or three.
    pub(crate) fn mutant(&mut self, seed: usize) -> Vec<u8> {
        let mut parts = self.seeds[seed].clone();
        for _ in 0..[1, 1, 1, 2, 3][self.dice.below(5)] {
            self.change(&mut parts);
        }
        parts.concat().into_bytes()
    }

    fn change(&mut self, parts: &mut Vec<String>) {
        let at = self.dice.below(parts.len());
        let other = self.dice.below(parts.len());
        match self.dice.below(8) {
            0..=2 => parts.insert(at, self.dice.pick(PIECES).into()),
            3 => parts[at] = self.dice.pick(PIECES).into(),
            4 if parts.len() > 1 => drop(parts.remove(at)),
            5 => parts.swap(at, other),
            6 => parts.insert(at, parts[other].clone()),
            _ => {
                // inside a piece
                let piece = &mut parts[at];
                let places: Vec<usize> = piece.char_indices().map(|(place, _)| place).collect();
                let place = places.get(self.dice.below(places.len().max(1))).copied().unwrap_or(0);
                piece.insert_str(place, self.dice.pick(PIECES));
            }
        }
    }
}

/// A document as blanks, signs of markup, and what stands between.
fn joints(document: &str) -> Vec<String> {
    let is_sign = |character: char| character.is_whitespace() || "<>/='\"&;:!?[]-".contains(character);
    let mut parts: Vec<String> = Vec::new();
    let mut word = false;
    for character in document.chars() {
        let sign = is_sign(character);
        match parts.last_mut() {
            Some(part) if word && !sign => part.push(character),
            _ => parts.push(character.into()),
        }
        word = !sign;
    }
    parts
}
