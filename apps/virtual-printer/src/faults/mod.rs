//! What goes wrong between a manager and a printer, on demand. Every fault can be switched on and off while the printer runs.
//!
//! | fault | what happens |
//! | --- | --- |
//! | `loss` | this share of requests, and of replies, is lost |
//! | `dropEvery` | every request of this number is lost: 3 loses the third, the sixth, … |
//! | `latencyMs`, `jitterMs` | replies come this late, and up to this much later, so that they overtake each other |
//! | `silent` | nothing is answered |
//! | `duplicates` | this share of replies comes twice |
//! | `truncated` | this share of replies is cut short |
//! | `wrongRequestId` | this share of replies of v1 and v2c has another request-id |
//! | `surplus` | this share of replies of v1 and v2c has one more value than was asked for, behind the others |
//! | `genErr` | objects in these subtrees cannot be read |
//! | `wrongTypes` | objects in these subtrees have a value of another type |
//! | `lies` | objects in these subtrees have values that cannot be: counters of half, the largest level, octets that are no text |
//! | `notIncreasing` | walks of v1 and v2c through these subtrees go round in circles |
//! | `maxMessageSize` | replies are at most this long (484 to 65507); more is tooBig. Changing it starts the SNMP engine again |

mod objects;
mod wire;
mod words;

pub use objects::Faulty;
pub use wire::{Kind, Wire};
pub use words::FaultError;

use remote_services_snmp::Oid;
use serde::{Deserialize, Serialize};

/// Which faults there are. None, by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Faults {
    /// Share of requests and of replies that is lost, 0 to 1.
    pub loss: f64,
    /// Every request of this number is lost; 0 for none.
    pub drop_every: u32,
    /// Milliseconds by which replies are late.
    pub latency_ms: u32,
    /// Milliseconds by which they are later still, at most.
    pub jitter_ms: u32,
    /// Nothing is answered.
    pub silent: bool,
    /// Share of replies that come twice.
    pub duplicates: f64,
    /// Share of replies that are cut short.
    pub truncated: f64,
    /// Share of replies with another request-id.
    pub wrong_request_id: f64,
    /// Share of replies with one more value than was asked for.
    pub surplus: f64,
    /// Subtrees that cannot be read.
    pub gen_err: Subtrees,
    /// Subtrees with values of another type.
    pub wrong_types: Subtrees,
    /// Subtrees with values that cannot be.
    pub lies: Subtrees,
    /// Subtrees that walks go round in.
    pub not_increasing: Subtrees,
    /// The largest reply, in octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_message_size: Option<u32>,
}

/// Parts of the tree of objects. In JSON a list of object identifiers in text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Subtrees(pub Vec<Oid>);

impl Subtrees {
    /// Whether an object is in one of them.
    #[must_use]
    pub fn contain(&self, name: &Oid) -> bool {
        self.0.iter().any(|subtree| name.starts_with(subtree))
    }
}

impl TryFrom<Vec<String>> for Subtrees {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        let parsed = texts.iter().map(|text| text.parse().map_err(|error| format!("{text:?}: {error}")));
        parsed.collect::<Result<_, _>>().map(Self)
    }
}

impl From<Subtrees> for Vec<String> {
    fn from(subtrees: Subtrees) -> Self {
        subtrees.0.iter().map(ToString::to_string).collect()
    }
}

impl Faults {
    /// Whether objects are to be changed on their way out.
    #[must_use]
    pub fn touch_objects(&self) -> bool {
        ![&self.gen_err, &self.wrong_types, &self.lies].iter().all(|subtrees| subtrees.0.is_empty())
    }

    /// Whether datagrams are to be changed, late or lost.
    #[must_use]
    pub fn touch_datagrams(&self) -> bool {
        *self
            != Self {
                gen_err: self.gen_err.clone(),
                wrong_types: self.wrong_types.clone(),
                lies: self.lies.clone(),
                max_message_size: self.max_message_size,
                ..Self::default()
            }
    }

    /// Whether shares are shares and sizes are possible.
    ///
    /// # Errors
    /// The member that is not.
    pub fn check(&self) -> Result<(), FaultError> {
        for (name, share) in [
            ("loss", self.loss),
            ("duplicates", self.duplicates),
            ("truncated", self.truncated),
            ("wrongRequestId", self.wrong_request_id),
            ("surplus", self.surplus),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(FaultError::Value { name: name.to_owned(), expected: "a share from 0 to 1" });
            }
        }
        match self.max_message_size {
            Some(size) if !(484..=65_507).contains(&size) => {
                Err(FaultError::Value { name: "maxMessageSize".to_owned(), expected: "484 to 65507 octets" })
            }
            _ => Ok(()),
        }
    }
}
