//! The traits that tie a Rust type to an element, an attribute or a run of elements.

use super::table::{Occurs, Type};
use super::{Place, Reader, Simple, Tag, Writer, XmlError};
use std::io;

/// A type that fills an element.
pub(crate) trait Value: Sized {
    const TYPE: &'static Type;

    /// Writes the whole element.
    fn write(&self, tag: &Tag, out: &mut Writer);

    /// Reads the element whose start tag was just passed, up to and with its end tag.
    fn read(reader: &mut Reader<'_>) -> Result<Self, XmlError>;
}

/// A type that fills an element with other elements.
pub(crate) trait Record: Value {
    fn write_children(&self, out: &mut Writer);

    /// The same, with a stop after each child, and after each of a run.
    fn write_in_pieces(&self, out: &mut Writer, drain: Drain<'_>) -> io::Result<()>;
}

/// Takes out what the writer has, when it is enough.
pub(crate) type Drain<'d> = &'d mut dyn FnMut(&mut Writer) -> io::Result<()>;

/// A member of a record: one element, none, or a run of them, by its Rust type.
pub(crate) trait Member {
    const OCCURS: Occurs;
    const TYPE: &'static Type;

    fn write(&self, tag: &Tag, out: &mut Writer);
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), XmlError>;

    fn write_in_pieces(&self, tag: &Tag, out: &mut Writer, drain: Drain<'_>) -> io::Result<()> {
        self.write(tag, out);
        drain(out)
    }
}

impl<T: Value> Member for T {
    const OCCURS: Occurs = Occurs::Once;
    const TYPE: &'static Type = T::TYPE;

    fn write(&self, tag: &Tag, out: &mut Writer) {
        Value::write(self, tag, out);
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), XmlError> {
        *self = T::read(reader)?;
        Ok(())
    }
}

impl<T: Value> Member for Option<T> {
    const OCCURS: Occurs = Occurs::Optional;
    const TYPE: &'static Type = T::TYPE;

    fn write(&self, tag: &Tag, out: &mut Writer) {
        if let Some(value) = self {
            Value::write(value, tag, out);
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), XmlError> {
        *self = Some(T::read(reader)?);
        Ok(())
    }
}

impl<T: Value> Member for Vec<T> {
    const OCCURS: Occurs = Occurs::Many;
    const TYPE: &'static Type = T::TYPE;

    fn write(&self, tag: &Tag, out: &mut Writer) {
        for value in self {
            Value::write(value, tag, out);
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), XmlError> {
        self.push(T::read(reader)?);
        Ok(())
    }

    fn write_in_pieces(&self, tag: &Tag, out: &mut Writer, drain: Drain<'_>) -> io::Result<()> {
        for value in self {
            Value::write(value, tag, out);
            drain(out)?;
        }
        Ok(())
    }
}

impl<T: Simple> Value for T {
    const TYPE: &'static Type = T::TYPE;

    fn write(&self, tag: &Tag, out: &mut Writer) {
        out.raw(tag.open);
        self.write_text(tag.name, Place::Text, out);
        out.raw(tag.close);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, XmlError> {
        reader.no_attributes()?;
        let text = reader.text()?;
        let value = T::parse(&text).ok_or_else(|| reader.bad_value(T::TYPE.name, &text))?;
        reader.close();
        Ok(value)
    }
}

/// A member that stands in an attribute.
pub(crate) trait Attribute {
    const OCCURS: Occurs;
    const TYPE: &'static Type;

    /// Writes ` name="value"`, or nothing.
    fn write(&self, name: &'static str, out: &mut Writer);

    /// Takes the value; `None` when it is not one of the type.
    fn read(&mut self, text: &str) -> Option<()>;
}

impl<T: Simple> Attribute for T {
    const OCCURS: Occurs = Occurs::Once;
    const TYPE: &'static Type = T::TYPE;

    fn write(&self, name: &'static str, out: &mut Writer) {
        out.raw(" ");
        out.raw(name);
        out.raw("=\"");
        self.write_text(name, Place::Attribute, out);
        out.raw("\"");
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = T::parse(text)?;
        Some(())
    }
}

impl<T: Simple> Attribute for Option<T> {
    const OCCURS: Occurs = Occurs::Optional;
    const TYPE: &'static Type = T::TYPE;

    fn write(&self, name: &'static str, out: &mut Writer) {
        if let Some(value) = self {
            Attribute::write(value, name, out);
        }
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = Some(T::parse(text)?);
        Some(())
    }
}
