//! Types, bounds and generics of rustdoc's JSON as one would write them.
use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Value;

/// Spells types, and remembers whose they are.
pub(super) struct Speller<'a> {
    json: &'a Value,
    /// Crates of others that were named.
    pub(super) foreign: RefCell<BTreeSet<String>>,
}

impl<'a> Speller<'a> {
    pub(super) fn new(json: &'a Value) -> Self {
        Self { json, foreign: RefCell::default() }
    }

    /// A path with its arguments: ours by its last name, others' in full, so that it is seen whose it is.
    pub(super) fn path(&self, path: &Value) -> String {
        let known = &self.json["paths"][path["id"].to_string()];
        let written = path["path"].as_str().unwrap_or_default();
        let last = written.rsplit("::").next().unwrap_or(written).to_owned();
        let name = match known["crate_id"].as_u64() {
            None | Some(0) => last,
            Some(id) => {
                let owner = self.json["external_crates"][id.to_string()]["name"].as_str().unwrap_or_default();
                let standard = ["core", "alloc", "std"].contains(&owner);
                if !standard && !owner.starts_with("remote_services_") {
                    self.foreign.borrow_mut().insert(owner.to_owned());
                }
                if standard { last } else { join(known["path"].as_array(), "::", word) }
            }
        };
        name + &self.arguments(&path["args"])
    }

    fn arguments(&self, arguments: &Value) -> String {
        if let Some(inner) = arguments.get("angle_bracketed") {
            let mut all = each(&inner["args"], |argument| self.argument(argument));
            all.extend(each(&inner["constraints"], |constraint| {
                let name = word(&constraint["name"]) + &self.arguments(&constraint["args"]);
                match constraint["binding"].get("equality") {
                    Some(term) => format!("{name} = {}", self.term(term)),
                    None => format!("{name}: {}", self.bounds(&constraint["binding"]["constraint"])),
                }
            }));
            return if all.is_empty() { String::new() } else { format!("<{}>", all.join(", ")) };
        }
        if let Some(inner) = arguments.get("parenthesized") {
            let inputs = join(inner["inputs"].as_array(), ", ", |input| self.kind(input));
            return format!("({inputs}){}", self.output(&inner["output"]));
        }
        String::new()
    }

    fn argument(&self, argument: &Value) -> String {
        match argument {
            Value::String(infer) => infer.clone(),
            _ => match argument.get("lifetime") {
                Some(lifetime) => word(lifetime),
                None => {
                    argument.get("type").map_or_else(|| word(&argument["const"]["expr"]), |it| self.kind(it))
                }
            },
        }
    }

    fn term(&self, term: &Value) -> String {
        term.get("type").map_or_else(|| word(&term["constant"]["expr"]), |it| self.kind(it))
    }

    /// A type.
    pub(super) fn kind(&self, kind: &Value) -> String {
        let Some((name, inner)) = kind.as_object().and_then(|object| object.iter().next()) else {
            return kind.as_str().unwrap_or("_").to_owned();
        };
        match name.as_str() {
            "resolved_path" => self.path(inner),
            "primitive" | "generic" => word(inner),
            "tuple" => format!("({})", join(inner.as_array(), ", ", |it| self.kind(it))),
            "slice" => format!("[{}]", self.kind(inner)),
            "array" => format!("[{}; {}]", self.kind(&inner["type"]), word(&inner["len"])),
            "impl_trait" => format!("impl {}", self.bounds(inner)),
            "dyn_trait" => {
                let traits = join(inner["traits"].as_array(), " + ", |it| self.path(&it["trait"]));
                let lifetime =
                    inner["lifetime"].as_str().map(|name| format!(" + {name}")).unwrap_or_default();
                format!("dyn {traits}{lifetime}")
            }
            "borrowed_ref" => {
                let lifetime = inner["lifetime"].as_str().map(|name| format!("{name} ")).unwrap_or_default();
                let mutable = if inner["is_mutable"] == true { "mut " } else { "" };
                format!("&{lifetime}{mutable}{}", self.kind(&inner["type"]))
            }
            "raw_pointer" => {
                let mutable = if inner["is_mutable"] == true { "mut" } else { "const" };
                format!("*{mutable} {}", self.kind(&inner["type"]))
            }
            "qualified_path" => {
                let name = word(&inner["name"]) + &self.arguments(&inner["args"]);
                let of = self.kind(&inner["self_type"]);
                if inner["trait"].is_null() || word(&inner["trait"]["path"]).is_empty() {
                    format!("{of}::{name}")
                } else {
                    format!("<{of} as {}>::{name}", self.path(&inner["trait"]))
                }
            }
            "function_pointer" => format!("fn{}", self.signature(&inner["sig"], "(", ")")),
            // A form of types that is new to us is told as it stands, so that a change of it is still seen.
            _ => kind.to_string(),
        }
    }

    /// `(name: Type, …) -> Type`.
    pub(super) fn signature(&self, signature: &Value, open: &str, close: &str) -> String {
        let inputs = join(signature["inputs"].as_array(), ", ", |input| {
            format!("{}: {}", word(&input[0]), self.kind(&input[1]))
        });
        format!("{open}{inputs}{close}{}", self.output(&signature["output"]))
    }

    fn output(&self, output: &Value) -> String {
        if output.is_null() { String::new() } else { format!(" -> {}", self.kind(output)) }
    }

    /// `A + ?Sized + 'a`.
    pub(super) fn bounds(&self, bounds: &Value) -> String {
        join(bounds.as_array(), " + ", |bound| match bound.get("trait_bound") {
            Some(inner) => {
                let maybe = if inner["modifier"] == "maybe" { "?" } else { "" };
                maybe.to_owned() + &self.path(&inner["trait"])
            }
            None => bound.get("outlives").map_or_else(|| "use<…>".to_owned(), word),
        })
    }

    /// `<'a, T: Bound>` without what the compiler made of `impl Trait`.
    pub(super) fn generics(&self, generics: &Value) -> String {
        let shown = generics["params"].as_array().into_iter().flatten();
        let shown: Vec<String> = shown
            .filter(|parameter| parameter["kind"]["type"]["is_synthetic"] != true)
            .filter(|parameter| !word(&parameter["name"]).starts_with("'_"))
            .map(|parameter| {
                let kind = &parameter["kind"];
                let bounds = self.bounds(&kind["type"]["bounds"]);
                match kind.get("const") {
                    Some(constant) => {
                        format!("const {}: {}", word(&parameter["name"]), self.kind(&constant["type"]))
                    }
                    None if bounds.is_empty() => word(&parameter["name"]),
                    None => format!("{}: {bounds}", word(&parameter["name"])),
                }
            })
            .collect();
        if shown.is_empty() { String::new() } else { format!("<{}>", shown.join(", ")) }
    }

    /// ` where T: Bound`.
    pub(super) fn wheres(&self, generics: &Value) -> String {
        let all = each(&generics["where_predicates"], |predicate| {
            if let Some(inner) = predicate.get("bound_predicate") {
                return format!("{}: {}", self.kind(&inner["type"]), self.bounds(&inner["bounds"]));
            }
            if let Some(inner) = predicate.get("lifetime_predicate") {
                return format!(
                    "{}: {}",
                    word(&inner["lifetime"]),
                    join(inner["outlives"].as_array(), " + ", word)
                );
            }
            let inner = &predicate["eq_predicate"];
            format!("{} = {}", self.kind(&inner["lhs"]), self.term(&inner["rhs"]))
        });
        if all.is_empty() { String::new() } else { format!(" where {}", all.join(", ")) }
    }
}

/// The text of a JSON string.
pub(super) fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn each(list: &Value, spell: impl Fn(&Value) -> String) -> Vec<String> {
    list.as_array().into_iter().flatten().map(spell).collect()
}

fn join(list: Option<&Vec<Value>>, between: &str, spell: impl Fn(&Value) -> String) -> String {
    list.into_iter().flatten().map(spell).collect::<Vec<_>>().join(between)
}
