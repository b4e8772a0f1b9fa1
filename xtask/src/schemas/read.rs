//! What an XSD file says, as far as our schemas use the language.
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// One file.
#[derive(Debug, Default)]
pub struct Schema {
    /// Its name: `supplies.xsd`.
    pub file: String,
    /// The namespace it describes; `None` for a file that others include into theirs.
    pub namespace: Option<String>,
    /// Its version: `1.0`.
    pub version: String,
    /// What it says of itself.
    pub documentation: String,
    /// Files it includes.
    pub includes: Vec<String>,
    /// Elements that a document may start with.
    pub roots: Vec<Root>,
    /// Types, in the order of the file.
    pub types: Vec<Type>,
}

/// An element that a document may start with.
#[derive(Debug, Default)]
pub struct Root {
    /// Its name.
    pub name: String,
    /// Name of its type.
    pub of: String,
    /// What the schema says of it.
    pub documentation: String,
}

/// A type with a name.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// What the schema says of it.
    pub documentation: String,
    /// What it is made of.
    pub body: Body,
}

/// What a type is made of.
#[derive(Debug)]
pub enum Body {
    /// Elements in this order, attributes, text.
    Complex {
        /// The child elements.
        children: Vec<Member>,
        /// The attributes.
        attributes: Vec<Member>,
        /// Type of the text, when there may be text.
        text: Option<String>,
        /// Whether elements of other namespaces may stand there.
        any: bool,
    },
    /// Text.
    Simple {
        /// The type it narrows down.
        base: String,
        /// Facet and value: `maxLength`, `120`.
        facets: Vec<(String, String)>,
        /// The words that it may be, when they are listed.
        words: Vec<Word>,
    },
    /// Text of any of these types.
    Union(Vec<String>),
}

/// A child element or an attribute.
#[derive(Debug, Default)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Name of its type.
    pub of: String,
    /// What the schema says of it.
    pub documentation: String,
    /// The least and the most number of times it stands there; no most is any number.
    pub occurs: (u32, Option<u32>),
    /// The only value it may have.
    pub fixed: Option<String>,
}

/// A listed word.
#[derive(Debug, Default)]
pub struct Word {
    /// The word.
    pub value: String,
    /// What it means.
    pub documentation: String,
}

impl Schema {
    /// Name without the ending: `supplies`.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.file.strip_suffix(".xsd").unwrap_or(&self.file)
    }

    /// Name of its page.
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}.html", self.stem())
    }
}

/// Reads one file.
///
/// # Errors
/// When it is not XML, or uses more of XSD than our schemas do.
pub fn read(file: &str, text: &str) -> Result<Schema, String> {
    let root = tree(text).map_err(|why| format!("{file}: {why}"))?;
    let mut schema = Schema {
        file: file.to_owned(),
        namespace: root.attribute("targetNamespace"),
        version: root.attribute("version").unwrap_or_default(),
        documentation: root.documentation(),
        ..Schema::default()
    };
    for node in &root.children {
        match node.name.as_str() {
            "annotation" => {}
            "include" => schema.includes.push(node.required("schemaLocation")?),
            "element" => schema.roots.push(Root {
                name: node.required("name")?,
                of: node.required("type")?,
                documentation: node.documentation(),
            }),
            "complexType" => schema.types.push(complex(node)?),
            "simpleType" => schema.types.push(simple(node)?),
            other => return Err(format!("{file}: xs:{other} at the top")),
        }
    }
    Ok(schema)
}

fn complex(node: &Node) -> Result<Type, String> {
    let (mut children, mut attributes, mut text, mut any) = (Vec::new(), Vec::new(), None, false);
    for part in &node.children {
        match part.name.as_str() {
            "annotation" => {}
            "sequence" => {
                for child in &part.children {
                    match child.name.as_str() {
                        "any" => any = true,
                        "element" => children.push(member(child)?),
                        other => return Err(format!("xs:{other} in a sequence")),
                    }
                }
            }
            "attribute" => attributes.push(member(part)?),
            "simpleContent" => {
                let extension = part.child("extension").ok_or("xs:simpleContent without xs:extension")?;
                text = Some(extension.required("base")?);
                for attribute in extension.children.iter().filter(|child| child.name == "attribute") {
                    attributes.push(member(attribute)?);
                }
            }
            other => return Err(format!("xs:{other} in a complex type")),
        }
    }
    let body = Body::Complex { children, attributes, text, any };
    Ok(Type { name: node.required("name")?, documentation: node.documentation(), body })
}

fn member(node: &Node) -> Result<Member, String> {
    let number = |text: String| text.parse().map_err(|_| format!("{text} is no number of times"));
    let occurs = if node.name == "attribute" {
        (u32::from(node.attribute("use").as_deref() == Some("required")), Some(1))
    } else {
        let most = match node.attribute("maxOccurs") {
            None => Some(1),
            Some(most) if most == "unbounded" => None,
            Some(most) => Some(number(most)?),
        };
        (node.attribute("minOccurs").map_or(Ok(1), number)?, most)
    };
    Ok(Member {
        name: node.required("name")?,
        of: node.required("type")?,
        documentation: node.documentation(),
        occurs,
        fixed: node.attribute("fixed"),
    })
}

fn simple(node: &Node) -> Result<Type, String> {
    let body = if let Some(union) = node.child("union") {
        Body::Union(union.required("memberTypes")?.split_whitespace().map(str::to_owned).collect())
    } else {
        let restriction = node.child("restriction").ok_or("a simple type that restricts nothing")?;
        let (mut facets, mut words) = (Vec::new(), Vec::new());
        for facet in &restriction.children {
            let value = facet.required("value")?;
            if facet.name == "enumeration" {
                words.push(Word { value, documentation: facet.documentation() });
            } else {
                facets.push((facet.name.clone(), value));
            }
        }
        Body::Simple { base: restriction.required("base")?, facets, words }
    };
    Ok(Type { name: node.required("name")?, documentation: node.documentation(), body })
}

/// An element of the file.
#[derive(Debug, Default)]
struct Node {
    /// Name without prefix.
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
    text: String,
}

impl Node {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn required(&self, name: &str) -> Result<String, String> {
        self.attribute(name).ok_or_else(|| format!("xs:{} without {name}", self.name))
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of its documentation on one line.
    fn documentation(&self) -> String {
        let texts = self.children.iter().filter(|child| child.name == "annotation");
        let texts = texts.flat_map(|annotation| &annotation.children).map(|node| node.text.as_str());
        texts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }
}

fn tree(text: &str) -> Result<Node, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => open.push(node(&start)?),
            Event::End(_) => {
                let (Some(done), Some(parent)) = (open.pop(), open.last_mut()) else {
                    return Err("more ends than starts".to_owned());
                };
                parent.children.push(done);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let known = quick_xml::escape::resolve_predefined_entity(&reference);
                append(&mut open, known.ok_or_else(|| format!("entity {}", &*reference))?);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop().and_then(|mut document| document.children.pop()).ok_or_else(|| "no element".to_owned())
}

fn append(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn node(start: &BytesStart<'_>) -> Result<Node, String> {
    let mut node = Node { name: start.local_name().as_ref().to_owned(), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?;
        node.attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(node)
}
