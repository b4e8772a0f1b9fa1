//! Why a document could not be read, and where; why a model could not be written.

use std::fmt;

/// A document that cannot be read. The sender is to blame: the octets are not what the schema allows.
///
/// Prints as `line 3, column 17, at Supplies/Supply[3]/Level: "many" is not a value of Integer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// What is wrong.
    pub cause: XmlCause,
    /// Octet in the document, from 0.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Elements that are open there, from the root: `Supplies/Supply[3]/Level`. Empty before the root.
    pub path: String,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmlCause {
    /// More octets than the limit.
    TooLarge {
        /// Octets allowed.
        limit: usize,
        /// Octets given.
        found: usize,
    },
    /// Elements inside each other beyond the limit.
    TooDeep {
        /// Elements allowed inside each other.
        limit: usize,
    },
    /// More elements than the limit.
    TooManyElements {
        /// Elements allowed.
        limit: usize,
    },
    /// More attributes in one element than the limit.
    TooManyAttributes {
        /// Attributes allowed.
        limit: usize,
    },
    /// More prefixes declared at one place than the limit.
    TooManyNamespaces {
        /// Prefixes allowed.
        limit: usize,
    },
    /// The name of a namespace beyond the limit.
    NamespaceTooLong {
        /// Octets allowed.
        limit: usize,
    },
    /// Text of an element or attribute beyond the limit.
    TextTooLong {
        /// Octets allowed.
        limit: usize,
    },
    /// Not UTF-8.
    NotUtf8,
    /// The first octets, or the declaration, tell of an encoding other than UTF-8.
    ForeignEncoding(String),
    /// The declaration names a version other than 1.0.
    ForeignVersion(String),
    /// The XML declaration is none: what is wrong with it.
    Declaration(&'static str),
    /// A character that XML 1.0 does not allow.
    ForbiddenCharacter(char),
    /// A DOCTYPE: entities and external files have no place here.
    Doctype,
    /// A processing instruction.
    ProcessingInstruction,
    /// A reference to an entity other than `lt`, `gt`, `amp`, `quot` and `apos`.
    ForeignEntity(String),
    /// Not well-formed, in the parser's words.
    NotWellFormed(String),
    /// The document ends before its elements do.
    Truncated,
    /// Something stands after the root element.
    AfterRoot,
    /// CDATA or a reference before or after the root element, where not even a blank may be written so.
    OutsideRoot,
    /// A name of an element, attribute or prefix that is none (XML 1.0, production 5; Namespaces, production 7).
    NotAName(String),
    /// The attribute is there twice.
    DuplicateAttribute(String),
    /// Two attributes whose prefixes stand for one namespace and that have one name behind them.
    SameAttribute {
        /// The first, with its prefix.
        first: String,
        /// The second, with its prefix.
        second: String,
    },
    /// An end tag that is not that of the open element.
    MismatchedEndTag {
        /// Name of the element that is open; empty when there is none.
        expected: String,
        /// Name in the tag.
        found: String,
    },
    /// A declaration of a namespace that XML forbids: of `xml` or `xmlns`, or of a prefix for no namespace.
    ForbiddenNamespace(String),
    /// A prefix without a namespace.
    UnboundPrefix(String),
    /// Not the root element of the kind.
    WrongRoot {
        /// Namespace and name that were asked for.
        expected: String,
        /// Name, or namespace and name, that came.
        found: String,
    },
    /// Not a schema version of the major version that the namespace names.
    SchemaVersion(String),
    /// Text between elements.
    UnexpectedText,
    /// An element inside one that holds text only.
    UnexpectedElement(String),
    /// A required element is not there.
    MissingElement(&'static str),
    /// A required attribute is not there.
    MissingAttribute(&'static str),
    /// A single element is there twice.
    RepeatedElement(&'static str),
    /// An element stands behind one that the schema puts after it.
    OutOfOrder(&'static str),
    /// The text is not a value of the type.
    Value {
        /// Name of the type in the schema.
        expected: &'static str,
        /// The beginning of the text.
        text: String,
    },
}

impl fmt::Display for XmlCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit, found } => write!(f, "{found} octets, {limit} allowed"),
            Self::TooDeep { limit } => write!(f, "more than {limit} elements inside each other"),
            Self::TooManyElements { limit } => write!(f, "more than {limit} elements"),
            Self::TooManyAttributes { limit } => write!(f, "more than {limit} attributes"),
            Self::TooManyNamespaces { limit } => write!(f, "more than {limit} prefixes declared"),
            Self::NamespaceTooLong { limit } => write!(f, "name of a namespace of more than {limit} octets"),
            Self::TextTooLong { limit } => write!(f, "text of more than {limit} octets"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::ForeignEncoding(name) => write!(f, "encoding {name:?}, only UTF-8 is read"),
            Self::ForeignVersion(name) => write!(f, "XML version {name:?}, only 1.0 is read"),
            Self::Declaration(why) => write!(f, "the XML declaration {why}"),
            Self::ForbiddenCharacter(character) => {
                write!(f, "character U+{:04X}, which XML does not allow", u32::from(*character))
            }
            Self::Doctype => f.write_str("a DOCTYPE, which is refused"),
            Self::ProcessingInstruction => f.write_str("a processing instruction, which is refused"),
            Self::ForeignEntity(name) => write!(f, "entity {name:?}, which is not one of the five of XML"),
            Self::NotWellFormed(why) => write!(f, "not well-formed: {why}"),
            Self::Truncated => f.write_str(
                "the document ends too early: what begins here is not closed, or the root element is not",
            ),
            Self::AfterRoot => f.write_str("something stands after the root element"),
            Self::OutsideRoot => f.write_str("CDATA or a reference outside the root element"),
            Self::NotAName(name) => write!(f, "{name:?} is no name"),
            Self::SameAttribute { first, second } => {
                write!(f, "attributes {first:?} and {second:?} are one, by their namespace")
            }
            Self::DuplicateAttribute(name) => write!(f, "attribute {name:?} twice"),
            Self::MismatchedEndTag { expected, found } if expected.is_empty() => {
                write!(f, "end tag of {found:?} where no element is open")
            }
            Self::MismatchedEndTag { expected, found } => {
                write!(f, "end tag of {found:?} where {expected:?} is open")
            }
            Self::ForbiddenNamespace(prefix) => write!(f, "prefix {prefix:?} cannot be declared so"),
            Self::UnboundPrefix(prefix) => write!(f, "prefix {prefix:?} without a namespace"),
            Self::WrongRoot { expected, found } => write!(f, "root element {found}, expected {expected}"),
            Self::SchemaVersion(version) => write!(f, "schema version {version:?} cannot be read, 1.x can"),
            Self::UnexpectedText => f.write_str("text between elements"),
            Self::UnexpectedElement(name) => write!(f, "element {name:?} where only text may stand"),
            Self::MissingElement(name) => write!(f, "element {name} is missing"),
            Self::MissingAttribute(name) => write!(f, "attribute {name} is missing"),
            Self::RepeatedElement(name) => write!(f, "element {name} twice"),
            Self::OutOfOrder(name) => write!(f, "element {name} stands too late"),
            Self::Value { expected, text } => write!(f, "{text:?} is not a value of {expected}"),
        }
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, ", at {}", self.path)?;
        }
        write!(f, ": {}", self.cause)
    }
}

impl std::error::Error for XmlError {}

/// A model that no valid document can carry. Whoever filled it in is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodeError {
    /// Element or attribute that cannot be written.
    pub element: &'static str,
    /// Why it cannot.
    pub cause: EncodeCause,
}

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeCause {
    /// An enumeration without a value: a counter without a unit, for one.
    EmptyToken,
    /// A number outside what the schema's type holds.
    OutOfRange,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.cause {
            EncodeCause::EmptyToken => "has no value",
            EncodeCause::OutOfRange => "holds a number outside its range",
        };
        write!(f, "cannot write {}: it {why}", self.element)
    }
}

impl std::error::Error for EncodeError {}

/// A document that was read and cannot be written again with all that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PassOnError {
    /// The model has a value that no valid document can carry.
    Model(EncodeError),
    /// More was unknown than the limit on it let the reader keep.
    TooMuchUnknown {
        /// Elements and attributes that are lost.
        lost: usize,
    },
    /// The place of something unknown is gone: the model was changed.
    NoPlace {
        /// Where it stood.
        path: String,
    },
}

impl fmt::Display for PassOnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(error) => error.fmt(f),
            Self::TooMuchUnknown { lost } => {
                write!(f, "cannot write what was read: {lost} unknown elements and attributes were not kept")
            }
            Self::NoPlace { path } => write!(f, "cannot write {path}: the place where it stood is gone"),
        }
    }
}

impl std::error::Error for PassOnError {}

impl From<EncodeError> for PassOnError {
    fn from(error: EncodeError) -> Self {
        Self::Model(error)
    }
}

/// A document that was not written to the end. What was written before is no document.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The model has a value that no valid document can carry.
    Model(EncodeError),
    /// The sink does not take more.
    Sink(std::io::Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(error) => error.fmt(f),
            Self::Sink(error) => write!(f, "the document cannot be written: {error}"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Model(_) => None,
            Self::Sink(error) => Some(error),
        }
    }
}

impl From<EncodeError> for WriteError {
    fn from(error: EncodeError) -> Self {
        Self::Model(error)
    }
}

/// The beginning of a text from outside, short enough for an error.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 64;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
