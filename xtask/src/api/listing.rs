//! The public items of a crate, one a line, sorted.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::types::{Speller, word};

/// What a crate shows.
#[derive(Debug)]
pub struct Listing {
    /// One item a line, sorted.
    pub lines: Vec<String>,
    /// Crates of others that are named in it.
    pub foreign: BTreeSet<String>,
}

/// Lists what rustdoc's JSON of a crate has.
#[must_use]
pub fn list(json: &Value) -> Listing {
    let mut walk = Walk { json, spell: Speller::new(json), lines: BTreeSet::new(), seen: BTreeMap::new() };
    let root = walk.item(&json["root"]);
    let name = word(&root["name"]);
    for item in ids(&root["inner"]["module"]["items"]) {
        walk.visit(item, &name, None);
    }
    Listing { lines: walk.lines.into_iter().collect(), foreign: walk.spell.foreign.into_inner() }
}

struct Walk<'a> {
    json: &'a Value,
    spell: Speller<'a>,
    lines: BTreeSet<String>,
    /// Under which path an item was met first.
    seen: BTreeMap<String, String>,
}

impl<'a> Walk<'a> {
    fn item(&self, id: &Value) -> &'a Value {
        &self.json["index"][id.to_string()]
    }

    /// An item of a module, under its own name or that of a re-export.
    fn visit(&mut self, id: &Value, module: &str, renamed: Option<&str>) {
        let item = self.item(id);
        let inner = &item["inner"];
        let name = renamed.map_or_else(|| word(&item["name"]), str::to_owned);
        let path = format!("{module}::{name}");
        if let Some(reexport) = inner.get("use") {
            return self.reexport(reexport, module);
        }
        if let Some(first) = self.seen.get(&id.to_string()).filter(|first| **first != path) {
            self.lines.insert(format!("use {path} = {first}"));
            return;
        }
        self.seen.insert(id.to_string(), path.clone());
        let Some((kind, inner)) = inner.as_object().and_then(|object| object.iter().next()) else { return };
        let generics = self.spell.generics(&inner["generics"]);
        let wheres = self.spell.wheres(&inner["generics"]);
        match kind.as_str() {
            "module" => {
                self.lines.insert(format!("mod {path}"));
                for child in ids(&inner["items"]) {
                    self.visit(child, &path, None);
                }
            }
            "struct" => self.structure(item, inner, &path, &format!("{generics}{wheres}")),
            "enum" => {
                let exhaustive = exhaustive(item);
                self.lines.insert(format!("{exhaustive}enum {path}{generics}{wheres}"));
                for id in ids(&inner["variants"]) {
                    self.variant(id, &path);
                }
                self.impls(&inner["impls"], &path);
            }
            "trait" => {
                let bounds = self.spell.bounds(&inner["bounds"]);
                let bounds = if bounds.is_empty() { bounds } else { format!(": {bounds}") };
                self.lines.insert(format!("trait {path}{generics}{bounds}{wheres}"));
                for id in ids(&inner["items"]) {
                    self.associated(id, &path);
                }
            }
            "function" => self.function(item, inner, &path),
            "constant" | "static" => {
                let kind_of = self.spell.kind(&inner["type"]);
                self.lines.insert(format!("{kind} {path}: {kind_of}"));
            }
            "type_alias" => {
                let is = self.spell.kind(&inner["type"]);
                self.lines.insert(format!("type {path}{generics} = {is}"));
            }
            "macro" => {
                self.lines.insert(format!("macro {path}!"));
            }
            other => {
                self.lines.insert(format!("{other} {path}"));
            }
        }
    }

    fn reexport(&mut self, reexport: &Value, module: &str) {
        let target = &reexport["id"];
        if !self.item(target).is_object() {
            let source = word(&reexport["source"]);
            // What comes whole from elsewhere is in the interface as well.
            let path = serde_json::json!({ "id": target, "path": source, "args": null });
            let spelt = self.spell.path(&path);
            self.lines.insert(format!("use {module}::{} = {spelt}", word(&reexport["name"])));
        } else if reexport["is_glob"] == true {
            let inner = &self.item(target)["inner"];
            for id in ids(&inner["module"]["items"]) {
                self.visit(id, module, None);
            }
        } else {
            self.visit(target, module, Some(&word(&reexport["name"])));
        }
    }

    fn structure(&mut self, item: &Value, inner: &Value, path: &str, generics: &str) {
        let kind = &inner["kind"];
        let opaque = if kind["plain"]["has_stripped_fields"] == true { " { .. }" } else { "" };
        self.lines.insert(format!("{}struct {path}{generics}{opaque}", exhaustive(item)));
        self.fields(kind, path);
        self.impls(&inner["impls"], path);
    }

    /// Public fields, of structs and of variants, with names or with numbers.
    fn fields(&mut self, kind: &Value, path: &str) {
        let named = kind.get("plain").or_else(|| kind.get("struct"));
        let list = named.map_or_else(|| &kind["tuple"], |inner| &inner["fields"]);
        for id in ids(list).filter(|id| !id.is_null()) {
            let field = self.item(id);
            let kind_of = self.spell.kind(&field["inner"]["struct_field"]);
            self.lines.insert(format!("field {path}.{}: {kind_of}", word(&field["name"])));
        }
    }

    fn variant(&mut self, id: &Value, path: &str) {
        let variant = self.item(id);
        let path = format!("{path}::{}", word(&variant["name"]));
        let inner = &variant["inner"]["variant"];
        let value =
            inner["discriminant"]["expr"].as_str().map(|value| format!(" = {value}")).unwrap_or_default();
        self.lines.insert(format!("{}variant {path}{value}", exhaustive(variant)));
        self.fields(&inner["kind"], &path);
    }

    /// Methods, and the traits that were implemented by hand or derived: plain ones in one line.
    fn impls(&mut self, impls: &Value, path: &str) {
        let mut plain = BTreeSet::new();
        for id in ids(impls) {
            let inner = &self.item(id)["inner"]["impl"];
            if inner["is_synthetic"] == true || !inner["blanket_impl"].is_null() {
                continue;
            }
            if inner["trait"].is_null() {
                for id in ids(&inner["items"]) {
                    self.associated(id, path);
                }
                continue;
            }
            let name = self.spell.path(&inner["trait"]);
            let whose = self.spell.kind(&inner["for"]);
            let generics = self.spell.generics(&inner["generics"]);
            let wheres = self.spell.wheres(&inner["generics"]);
            if name == "StructuralPartialEq" {
                continue;
            }
            if name.contains('<') || whose.starts_with('&') || !wheres.is_empty() || generics.contains(':') {
                self.lines.insert(format!("impl{generics} {name} for {whose}{wheres} ({path})"));
            } else {
                plain.insert(name);
            }
        }
        if !plain.is_empty() {
            self.lines.insert(format!("impl {path}: {}", plain.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }

    fn associated(&mut self, id: &Value, path: &str) {
        let item = self.item(id);
        let path = format!("{path}::{}", word(&item["name"]));
        let inner = &item["inner"];
        if let Some(function) = inner.get("function") {
            self.function(item, function, &path);
        } else if let Some(constant) = inner.get("assoc_const") {
            let kind_of = self.spell.kind(&constant["type"]);
            self.lines.insert(format!("constant {path}: {kind_of}"));
        } else if let Some(kind) = inner.get("assoc_type") {
            let bounds = self.spell.bounds(&kind["bounds"]);
            let bounds = if bounds.is_empty() { bounds } else { format!(": {bounds}") };
            self.lines.insert(format!("type {path}{bounds}"));
        }
    }

    fn function(&mut self, item: &Value, function: &Value, path: &str) {
        let header = &function["header"];
        let words = [
            ("const ", &header["is_const"]),
            ("async ", &header["is_async"]),
            ("unsafe ", &header["is_unsafe"]),
        ];
        let words: String = words.iter().filter(|(_, is)| **is == true).map(|(word, _)| *word).collect();
        let generics = self.spell.generics(&function["generics"]);
        let wheres = self.spell.wheres(&function["generics"]);
        let signature = self.spell.signature(&function["sig"], "(", ")");
        let old = if item["deprecation"].is_null() { "" } else { " (deprecated)" };
        self.lines.insert(format!("{words}fn {path}{generics}{signature}{wheres}{old}"));
    }
}

/// The mark of what may grow.
fn exhaustive(item: &Value) -> &'static str {
    let marked = item["attrs"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|mark| mark.to_string().contains("non_exhaustive"));
    if marked { "non_exhaustive " } else { "" }
}

fn ids(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `pub struct S { pub a: Vec<other::T> }`, derives `Clone`, has `pub fn f(&self) -> u8`, shown twice.
    fn small() -> Value {
        json!({
            "root": 0,
            "external_crates": { "1": { "name": "alloc" }, "2": { "name": "other" } },
            "paths": {
                "10": { "crate_id": 1, "path": ["alloc", "vec", "Vec"] },
                "11": { "crate_id": 2, "path": ["other", "inner", "T"] },
                "12": { "crate_id": 1, "path": ["core", "clone", "Clone"] },
            },
            "index": {
                "0": { "name": "ours", "inner": { "module": { "items": [1, 2] } } },
                "1": { "name": "S", "attrs": ["#[non_exhaustive]"], "inner": { "struct": {
                    "kind": { "plain": { "fields": [3], "has_stripped_fields": true } }, "generics": {}, "impls": [4, 5, 6] } } },
                "2": { "name": null, "inner": { "use": { "source": "S", "name": "Again", "id": 1, "is_glob": false } } },
                "3": { "name": "a", "inner": { "struct_field": { "resolved_path": { "path": "Vec", "id": 10, "args": {
                    "angle_bracketed": { "constraints": [],
                        "args": [{ "type": { "resolved_path": { "path": "T", "id": 11, "args": null } } }] } } } } } },
                "4": { "inner": { "impl": { "trait": { "path": "Clone", "id": 12, "args": null }, "for": { "generic": "S" },
                    "generics": {}, "is_synthetic": false, "blanket_impl": null } } },
                "5": { "inner": { "impl": { "trait": { "path": "Send", "id": 13, "args": null }, "for": { "generic": "S" },
                    "generics": {}, "is_synthetic": true, "blanket_impl": null } } },
                "6": { "inner": { "impl": { "trait": null, "items": [7], "is_synthetic": false, "blanket_impl": null } } },
                "7": { "name": "f", "inner": { "function": { "header": {}, "generics": {}, "sig": {
                    "inputs": [["self", { "borrowed_ref": { "lifetime": null, "is_mutable": false, "type": { "generic": "Self" } } }]],
                    "output": { "primitive": "u8" } } } } },
            },
        })
    }

    #[test]
    fn what_a_user_sees_is_listed_once_and_crates_of_others_are_named() {
        let listing = list(&small());
        let expected = [
            "field ours::S.a: Vec<other::inner::T>",
            "fn ours::S::f(self: &Self) -> u8",
            "impl ours::S: Clone",
            "non_exhaustive struct ours::S { .. }",
            "use ours::Again = ours::S",
        ];
        assert_eq!(listing.lines, expected);
        assert_eq!(listing.foreign.into_iter().collect::<Vec<_>>(), ["other"]);
    }
}
