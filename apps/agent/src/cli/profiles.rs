//! `profiles`: what is known of makers.

use super::{Format, print};
use crate::failure::Failure;
use crate::present::{printable, table};
use crate::profiles;
use clap::Args;
use remote_services_collect::profile::Profile;
use serde::Serialize;
use std::path::PathBuf;

/// Options of `profiles`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent profiles
  remote-services-agent profiles example.toml && echo it can be used
  remote-services-agent profiles --format json site-profiles/"))]
pub struct ProfilesOptions {
    /// Profiles to check and show with the others: files, or folders of them
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to show the result
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// One profile in a few words.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    manufacturer: &'a str,
    enterprises: &'a [u32],
    brands: Vec<&'a str>,
    /// The file that it comes from, or that it is built in.
    origin: String,
    /// Objects asked for besides the standard ones.
    objects: usize,
    /// Meters that it knows, rows of tables included.
    meters: usize,
}

impl<'a> Line<'a> {
    fn of(profile: &'a Profile, origin: String) -> Self {
        let mut brands: Vec<&str> = profile.brands.iter().map(|brand| brand.name.as_str()).collect();
        brands.sort_unstable();
        brands.dedup();
        let rows = profile.meter_tables.iter().map(|table| table.get_ref().rows.len());
        let records = profile.meter_records.iter().map(|text| text.get_ref().rows.len());
        Self {
            manufacturer: &profile.manufacturer,
            enterprises: &profile.enterprises,
            brands,
            origin,
            objects: profile.names(Some(1)).len() + profile.columns(Some(1)).len(),
            meters: profile.meters.len() + rows.sum::<usize>() + records.sum::<usize>(),
        }
    }
}

pub(super) fn carry_out(options: &ProfilesOptions) -> Result<(), Failure> {
    let all = profiles::gather(&options.files);
    let line = |profile| Line::of(profile, all.origin(&profile.manufacturer));
    let lines: Vec<Line<'_>> = all.profiles.iter().map(line).collect();
    show(&lines, options)?;
    // All that are wrong are told, the last of them by the way this ends.
    let Some((last, others)) = all.wrong.split_last() else { return Ok(()) };
    others.iter().for_each(|failure| tell!("{failure}"));
    Err(Failure::usage(last))
}

fn show(lines: &[Line<'_>], options: &ProfilesOptions) -> Result<(), Failure> {
    match options.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(lines);
            print(&json.map_err(|error| Failure::failed(format_args!("cannot write JSON: {error}")))?)
        }
        Format::Table => {
            let mut table = table(&["Manufacturer", "Enterprises", "Objects", "Meters", "Brands", "From"]);
            for line in lines {
                let enterprises: Vec<String> = line.enterprises.iter().map(ToString::to_string).collect();
                table.add_row([
                    printable(line.manufacturer),
                    enterprises.join(" "),
                    line.objects.to_string(),
                    line.meters.to_string(),
                    printable(&line.brands.join(", ")),
                    printable(&line.origin),
                ]);
            }
            print(&table.to_string())
        }
        Format::Xml => Err(Failure::usage("profiles has no XML: take table or json")),
    }
}
