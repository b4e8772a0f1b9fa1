//! The print side: a raw TCP port (9100 on real printers) that takes jobs and counts their pages.

use crate::works::Works;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Takes jobs until the task is dropped. One job at a time, as most printers do.
pub async fn serve(listener: TcpListener, works: Arc<Works>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No file is free, for instance. One of those in use has to go first.
            sleep(BREATH).await;
            continue;
        };
        if let Some(impressions) = take_job(stream).await {
            works.print(impressions);
        }
    }
}

/// Reads one job to its end and says how many impressions it makes; `None` when nothing came.
async fn take_job(mut stream: TcpStream) -> Option<u32> {
    let mut pages = Pages::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match timeout(SILENCE, stream.read(&mut buffer)).await {
            Ok(Ok(0)) | Err(_) => break,
            Ok(Ok(count)) => pages.take(&buffer[..count]),
            Ok(Err(_)) => break,
        }
    }
    pages.impressions()
}

/// Counts pages in print data: form feeds, PostScript `showpage`, and the last page that neither ended.
#[derive(Default)]
struct Pages {
    ended: u32,
    open: bool,
    /// The last octets seen, so that a word cut by the network is still found.
    tail: Vec<u8>,
    any: bool,
}

impl Pages {
    fn take(&mut self, octets: &[u8]) {
        for &octet in octets {
            self.any = true;
            self.tail.push(octet);
            if self.tail.len() > SHOWPAGE.len() {
                self.tail.remove(0);
            }
            if octet == FORM_FEED || self.tail == SHOWPAGE {
                self.ended = self.ended.saturating_add(1);
                self.open = false;
            } else if octet.is_ascii_graphic() {
                self.open = true;
            } else if octet == ESCAPE {
                // Universal exit and printer language commands make no page.
                self.open = false;
            }
        }
    }

    fn impressions(&self) -> Option<u32> {
        self.any.then_some(if self.ended == 0 && self.open { 1 } else { self.ended })
    }
}

const BREATH: Duration = Duration::from_millis(100);
const SILENCE: Duration = Duration::from_secs(30);
const FORM_FEED: u8 = 0x0C;
const ESCAPE: u8 = 0x1B;
const SHOWPAGE: &[u8] = b"showpage";

#[cfg(test)]
mod tests {
    use super::*;

    fn impressions(parts: &[&[u8]]) -> Option<u32> {
        let mut pages = Pages::default();
        for part in parts {
            pages.take(part);
        }
        pages.impressions()
    }

    #[test]
    fn counts_form_feeds_and_showpage_even_when_cut() {
        assert_eq!(impressions(&[b"one\x0Ctwo\x0C"]), Some(2));
        assert_eq!(impressions(&[b"%!PS\n/x show show", b"page\n"]), Some(1));
    }

    #[test]
    fn text_without_an_end_is_one_page_and_nothing_is_no_job() {
        assert_eq!(impressions(&[b"hello"]), Some(1));
        assert_eq!(impressions(&[]), None);
    }
}
