//! `demo`: the whole road on this machine alone.

use crate::demo::{self, Wishes};
use crate::failure::Failure;
use crate::interrupt;
use clap::Args;
use std::path::PathBuf;

/// Options of `demo`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent demo
  remote-services-agent demo --printers 200 --data /tmp/demo
  remote-services-agent demo --serve"))]
pub struct DemoOptions {
    /// How many virtual printers, 1 to 1000
    #[arg(long, value_name = "COUNT", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub printers: u16,
    /// Folder to keep everything in, and to go on with if it holds an earlier run (default: a temporary one)
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Keep printers, server and agent running until Ctrl-C
    #[arg(long)]
    pub serve: bool,
}

pub(super) fn carry_out(options: &DemoOptions) -> Result<(), Failure> {
    let stop = interrupt::stop_flag()?;
    demo::show(
        &Wishes { printers: options.printers, data: options.data.as_deref(), serve: options.serve },
        &stop,
    )
}
