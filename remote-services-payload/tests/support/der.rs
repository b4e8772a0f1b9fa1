//! A DER document as a tree, to build containers that our writer would never make.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub tag: u8,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Octets(Vec<u8>),
    Nodes(Vec<Node>),
}

impl Node {
    pub fn read(octets: &[u8]) -> Self {
        let (node, rest) = take(octets);
        assert!(rest.is_empty(), "octets after the document");
        node
    }

    pub fn octets(tag: u8, octets: &[u8]) -> Self {
        Self { tag, value: Value::Octets(octets.to_vec()) }
    }

    pub fn nodes(tag: u8, nodes: Vec<Self>) -> Self {
        Self { tag, value: Value::Nodes(nodes) }
    }

    /// The node at the end of a path of positions.
    pub fn at(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, at| &mut node.list()[*at])
    }

    /// The nodes inside.
    pub fn list(&mut self) -> &mut Vec<Self> {
        match &mut self.value {
            Value::Nodes(nodes) => nodes,
            Value::Octets(_) => panic!("{:#04x} is primitive", self.tag),
        }
    }

    /// The octets of a primitive node.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        match &mut self.value {
            Value::Octets(octets) => octets,
            Value::Nodes(_) => panic!("{:#04x} is constructed", self.tag),
        }
    }

    pub fn write(&self) -> Vec<u8> {
        let body = match &self.value {
            Value::Octets(octets) => octets.clone(),
            Value::Nodes(nodes) => nodes.iter().flat_map(Self::write).collect(),
        };
        let mut out = vec![self.tag];
        match body.len() {
            short @ 0..=0x7F => out.push(u8::try_from(short).unwrap()),
            length => {
                let octets = length.to_be_bytes();
                let skip = octets.iter().take_while(|octet| **octet == 0).count();
                out.push(0x80 | u8::try_from(octets.len() - skip).unwrap());
                out.extend_from_slice(&octets[skip..]);
            }
        }
        out.extend(body);
        out
    }
}

fn take(octets: &[u8]) -> (Node, &[u8]) {
    let (tag, first) = (octets[0], usize::from(octets[1]));
    let (header, length) = if first < 0x80 {
        (2, first)
    } else {
        let count = first & 0x7F;
        (2 + count, octets[2..2 + count].iter().fold(0, |sum, octet| (sum << 8) | usize::from(*octet)))
    };
    let (body, rest) = octets[header..].split_at(length);
    let value = if tag & 0x20 == 0 {
        Value::Octets(body.to_vec())
    } else {
        let (mut nodes, mut left) = (Vec::new(), body);
        while !left.is_empty() {
            let (node, after) = take(left);
            nodes.push(node);
            left = after;
        }
        Value::Nodes(nodes)
    };
    (Node { tag, value }, rest)
}
