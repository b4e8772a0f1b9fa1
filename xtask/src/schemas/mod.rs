//! The schemas of the payload as pages that a person can browse.
//!
//! ```text
//! schemas/*.xsd ──[read]──▶ what they say ──[page]──▶ index.html, one page a schema, elements.html
//! ```
//!
//! Plain HTML with its style inside: no scripts, nothing fetched, readable on a phone and on paper.
mod html;
mod index;
mod page;
mod read;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub use read::{Body, Member, Root, Schema, Type, Word, read};

/// Writes the reference of the schemas in `schemas` into `target`, beside copies of the schemas themselves.
///
/// # Errors
/// When a schema cannot be read, or a page cannot be written.
pub fn run(schemas: &Path, target: &Path) -> Result<(), String> {
    let files = files(schemas)?;
    let pages = pages(&files)?;
    fs::create_dir_all(target).map_err(|error| format!("{}: {error}", target.display()))?;
    for (name, text) in files.iter().chain(&pages) {
        let file = target.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    println!("{} pages; begin with {}", pages.len(), target.join("index.html").display());
    Ok(())
}

/// The schemas of a folder by file name.
///
/// # Errors
/// When the folder or a file of it cannot be read.
pub fn files(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".xsd") {
            files.insert(name.clone(), fs::read_to_string(folder.join(name)).map_err(failed)?);
        }
    }
    Ok(files)
}

/// The pages of the reference by file name.
///
/// # Errors
/// When a schema is not XML, or uses more of XSD than ours do.
pub fn pages(files: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    let mut schemas = Vec::new();
    for (name, text) in files {
        schemas.push(read(name, text)?);
    }
    // documents first, then what they include
    schemas.sort_by_key(|schema| (schema.namespace.is_none(), schema.file == "manifest.xsd"));
    let set = page::Set::new(&schemas);
    let mut pages: BTreeMap<String, String> =
        schemas.iter().map(|schema| (schema.page(), page::page(&set, schema))).collect();
    pages.insert("index.html".into(), index::index(&set));
    pages.insert("elements.html".into(), index::elements(&set));
    Ok(pages)
}
