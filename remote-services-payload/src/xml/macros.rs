//! The two macros that declare a type's XML once: writer, reader and table come from the same lines.

/// Records: `Paper { tray: "Tray", level: "Level" }` names the element of each member, in order.
macro_rules! record {
    ($( $type:ident { $( $field:ident : $name:literal ),+ $(,)? } )+) => {$(
        impl crate::xml::Value for $type {
            const TYPE: &'static crate::xml::table::Type = &crate::xml::table::Type {
                name: stringify!($type),
                content: crate::xml::table::Content::Elements {
                    fields: &[$( crate::xml::table::Field::element($name, |record: &$type| &record.$field) ),+],
                },
            };

            fn write(&self, tag: &crate::xml::Tag, out: &mut crate::xml::Writer) {
                out.raw(tag.open);
                crate::xml::Record::write_children(self, out);
                out.raw(tag.close);
            }

            fn read(reader: &mut crate::xml::Reader<'_>) -> Result<Self, crate::xml::XmlError> {
                #[allow(non_camel_case_types, reason = "the members' own names, for their positions")]
                enum At { $($field),+ }
                const REQUIRED: u64 = <$type as crate::xml::Value>::TYPE.required();
                let table = <Self as crate::xml::Value>::TYPE;
                reader.no_attributes()?;
                let mut record = Self::default();
                let mut seen = crate::xml::Seen::default();
                while let Some(member) = reader.next_member(&mut seen, table)? {
                    match member {
                        $( at if at == At::$field as usize => {
                            crate::xml::Member::read(&mut record.$field, reader)?;
                        } )+
                        _ => unreachable!("a position in the same table"),
                    }
                }
                reader.all_there(&seen, REQUIRED, table)?;
                reader.close();
                Ok(record)
            }
        }

        impl crate::xml::Record for $type {
            fn write_children(&self, out: &mut crate::xml::Writer) {
                $( crate::xml::Member::write(&self.$field, &crate::xml::macros::tag!($name), out); )+
            }

            fn write_in_pieces(
                &self,
                out: &mut crate::xml::Writer,
                drain: crate::xml::Drain<'_>,
            ) -> std::io::Result<()> {
                $( crate::xml::Member::write_in_pieces(
                    &self.$field, &crate::xml::macros::tag!($name), out, drain,
                )?; )+
                Ok(())
            }
        }
    )+};
}

/// Leaves: members in attributes, and at most one in the text.
macro_rules! leaf {
    ($( $type:ident { $( $field:ident : $name:literal ),+ $(,)? } $( = $text:ident )? )+) => {$(
        impl crate::xml::Value for $type {
            const TYPE: &'static crate::xml::table::Type = &crate::xml::table::Type {
                name: stringify!($type),
                content: crate::xml::table::Content::Attributes {
                    attributes: &[$( crate::xml::table::Field::attribute($name, |leaf: &$type| &leaf.$field) ),+],
                    text: crate::xml::macros::leaf!(@type $type $($text)?),
                },
            };

            fn write(&self, tag: &crate::xml::Tag, out: &mut crate::xml::Writer) {
                out.raw(tag.start());
                $( crate::xml::Attribute::write(&self.$field, $name, out); )+
                crate::xml::macros::leaf!(@write self tag out $($text)?);
            }

            fn read(reader: &mut crate::xml::Reader<'_>) -> Result<Self, crate::xml::XmlError> {
                #[allow(non_camel_case_types, reason = "the members' own names, for their positions")]
                enum At { $($field),+ }
                const REQUIRED: u64 = <$type as crate::xml::Value>::TYPE.required();
                let mut leaf = Self::default();
                let mut seen = crate::xml::Seen::default();
                while let Some((name, text)) = reader.next_attribute()? {
                    match name {
                        $( $name => {
                            seen.mark(At::$field as usize);
                            let table = <Self as crate::xml::Value>::TYPE;
                            if crate::xml::Attribute::read(&mut leaf.$field, &text).is_none() {
                                return Err(reader.bad_attribute(table, At::$field as usize, &text));
                            }
                        } )+
                        other => reader.keep_attribute(other, &text)?,
                    }
                }
                reader.all_there(&seen, REQUIRED, <Self as crate::xml::Value>::TYPE)?;
                crate::xml::macros::leaf!(@read leaf reader $($text)?);
                reader.close();
                Ok(leaf)
            }
        }
    )+};
    (@type $type:ident) => { None };
    (@type $type:ident $text:ident) => { Some(crate::xml::table::Field::text(|leaf: &$type| &leaf.$text)) };
    (@write $self:ident $tag:ident $out:ident) => { $out.raw("/>") };
    (@write $self:ident $tag:ident $out:ident $text:ident) => {
        $out.raw(">");
        crate::xml::Simple::write_text(&$self.$text, $tag.name, crate::xml::Place::Text, $out);
        $out.raw($tag.close);
    };
    (@read $leaf:ident $reader:ident) => { $reader.nothing_inside()? };
    (@read $leaf:ident $reader:ident $text:ident) => {
        let text = $reader.text()?;
        match crate::xml::Simple::parse(&text) {
            Some(value) => $leaf.$text = value,
            None => return Err($reader.bad_text(<Self as crate::xml::Value>::TYPE, &text)),
        }
    };
}

/// The tags of an element.
macro_rules! tag {
    ($name:literal) => {
        crate::xml::Tag { name: $name, open: concat!("<", $name, ">"), close: concat!("</", $name, ">") }
    };
}

pub(crate) use {leaf, record, tag};

/// The text without the blanks of XML around it.
pub(crate) fn collapsed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}
