//! What `FindItem` is narrowed by: a few fields, compared and put together.

use super::super::item::Item;
use super::super::xml::{Node, is_true};
use super::shape::whole_seconds;

/// A condition.
pub(crate) enum Restriction {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare {
        how: How,
        field: Field,
        with: String,
    },
}

#[derive(Clone, Copy)]
pub(crate) enum How {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
    Begins,
}

#[derive(Clone, Copy)]
pub(crate) enum Field {
    Subject,
    IsRead,
    Received,
    MessageId,
}

/// Reads a condition; nothing where it is one that is not known here.
pub(crate) fn read(node: &Node) -> Option<Restriction> {
    let all = || node.children.iter().map(read).collect::<Option<Vec<_>>>();
    Some(match node.name.as_str() {
        "And" => Restriction::All(all()?),
        "Or" => Restriction::Any(all()?),
        "Not" => Restriction::Not(Box::new(read(node.children.first()?)?)),
        name => {
            let how = match name {
                "IsEqualTo" => How::Equal,
                "IsNotEqualTo" => How::NotEqual,
                "IsGreaterThan" => How::Greater,
                "IsGreaterThanOrEqualTo" => How::GreaterOrEqual,
                "IsLessThan" => How::Less,
                "IsLessThanOrEqualTo" => How::LessOrEqual,
                "Contains" => match node.attribute("ContainmentMode") {
                    Some("FullString") => How::Equal,
                    Some("Prefixed") => How::Begins,
                    _ => How::Contains,
                },
                _ => return None,
            };
            let field = match node.child("FieldURI")?.attribute("FieldURI")? {
                "item:Subject" => Field::Subject,
                "message:IsRead" => Field::IsRead,
                "item:DateTimeReceived" => Field::Received,
                "message:InternetMessageId" => Field::MessageId,
                _ => return None,
            };
            let constant = match node.child("FieldURIOrConstant") {
                Some(it) => it.child("Constant")?,
                None => node.child("Constant")?,
            };
            let value = constant.attribute("Value")?;
            Restriction::Compare {
                how,
                field,
                with: match field {
                    Field::IsRead => is_true(Some(value)).to_string(),
                    Field::Received => value.parse::<grantd_model::Timestamp>().ok()?.to_string(),
                    Field::Subject | Field::MessageId => value.to_lowercase(),
                },
            }
        }
    })
}

impl Restriction {
    /// Whether it holds of an item.
    pub(crate) fn holds(&self, item: &Item) -> bool {
        match self {
            Self::All(all) => all.iter().all(|it| it.holds(item)),
            Self::Any(any) => any.iter().any(|it| it.holds(item)),
            Self::Not(it) => !it.holds(item),
            Self::Compare { how, field, with } => {
                let value = match field {
                    Field::Subject => item.mail.subject.to_lowercase(),
                    Field::IsRead => item.is_read.to_string(),
                    Field::Received => whole_seconds(item.received_at),
                    Field::MessageId => {
                        let id = item.mail.message_id.as_deref();
                        id.unwrap_or_default().to_lowercase()
                    }
                };
                match how {
                    How::Equal => value == *with,
                    How::NotEqual => value != *with,
                    How::Greater => value > *with,
                    How::GreaterOrEqual => value >= *with,
                    How::Less => value < *with,
                    How::LessOrEqual => value <= *with,
                    How::Contains => value.contains(with),
                    How::Begins => value.starts_with(with),
                }
            }
        }
    }
}
