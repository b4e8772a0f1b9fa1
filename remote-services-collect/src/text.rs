//! Text of devices: octets in one of several character sets into a `String`, without padding.
//!
//! Devices name the character set of their texts in prtLocalizationCharacterSet (numbers of the
//! IANA-CHARSET-MIB) and often get it wrong, so the octets have a say too: what is valid UTF-8 beyond ASCII is
//! UTF-8, because a text in an eight-bit set almost never looks like it by chance. Padding (NUL, blanks, line
//! ends) goes from both ends; a control character inside becomes a blank.

/// A character set that a device may name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Charset {
    /// Nothing is known: UTF-8 where it is valid, else ISO 8859-1.
    #[default]
    Unknown,
    /// ISO 8859-1 (`csISOLatin1`, 4) and its subset US-ASCII (3).
    Latin1,
    /// ISO 8859-2 (`csISOLatin2`, 5).
    Latin2,
    /// ISO 8859-5 (`csISOLatinCyrillic`, 8).
    Cyrillic,
    /// ISO 8859-9 (`csISOLatin5`, 12).
    Latin5,
    /// HP Roman-8 (`csHPRoman8`, 2004).
    Roman8,
    /// UTF-8 (`csUTF8`, 106).
    Utf8,
    /// UTF-16 with the big end first unless a byte order mark says otherwise (`csUnicode` 1000, 1013, 1015).
    Utf16,
    /// UTF-16 with the little end first (1014).
    Utf16LittleEnd,
    /// One of the sets with a larger table: East Asian, Greek, Hebrew, Arabic, Thai, Windows.
    Other(Legacy),
}

/// A character set with a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Legacy(&'static encoding_rs::Encoding);

impl Charset {
    /// From a value of prtLocalizationCharacterSet (IANA-CHARSET-MIB).
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        match number {
            3 | 4 => Self::Latin1,
            5 => Self::Latin2,
            8 => Self::Cyrillic,
            12 => Self::Latin5,
            106 => Self::Utf8,
            1000 | 1013 | 1015 => Self::Utf16,
            1014 => Self::Utf16LittleEnd,
            2004 => Self::Roman8,
            other => legacy(other).map_or(Self::Unknown, |table| Self::Other(Legacy(table))),
        }
    }
}

/// The table of a number of the IANA-CHARSET-MIB.
fn legacy(number: i64) -> Option<&'static encoding_rs::Encoding> {
    Some(match number {
        6 => encoding_rs::ISO_8859_3,
        7 => encoding_rs::ISO_8859_4,
        9 => encoding_rs::ISO_8859_6,
        10 => encoding_rs::ISO_8859_7,
        11 => encoding_rs::ISO_8859_8,
        13 => encoding_rs::ISO_8859_10,
        // csShiftJIS, csWindows31J
        17 | 2024 => encoding_rs::SHIFT_JIS,
        18 => encoding_rs::EUC_JP,
        // csKSC56011987, csEUCKR
        36 | 38 => encoding_rs::EUC_KR,
        39 => encoding_rs::ISO_2022_JP,
        109 => encoding_rs::ISO_8859_13,
        110 => encoding_rs::ISO_8859_14,
        111 => encoding_rs::ISO_8859_15,
        112 => encoding_rs::ISO_8859_16,
        // csGBK, csGB2312
        113 | 2025 => encoding_rs::GBK,
        114 => encoding_rs::GB18030,
        2026 => encoding_rs::BIG5,
        2084 => encoding_rs::KOI8_R,
        2086 => encoding_rs::IBM866,
        2088 => encoding_rs::KOI8_U,
        // cswindows874, csTIS620
        2109 | 2259 => encoding_rs::WINDOWS_874,
        2250 => encoding_rs::WINDOWS_1250,
        2251 => encoding_rs::WINDOWS_1251,
        2252 => encoding_rs::WINDOWS_1252,
        2253 => encoding_rs::WINDOWS_1253,
        2254 => encoding_rs::WINDOWS_1254,
        2255 => encoding_rs::WINDOWS_1255,
        2256 => encoding_rs::WINDOWS_1256,
        2257 => encoding_rs::WINDOWS_1257,
        2258 => encoding_rs::WINDOWS_1258,
        _ => return None,
    })
}

/// The text that `octets` spell, without padding; what is no character at all becomes U+FFFD.
#[must_use]
pub fn decode(octets: &[u8], charset: Charset) -> String {
    let text = match charset {
        Charset::Utf16 | Charset::Utf16LittleEnd => match octets {
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            // Half of the devices that name UTF-16 send plain text all the same.
            plain if is_eight_bit(plain) => {
                eight_bit(plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plain), Charset::Unknown)
            }
            bare if charset == Charset::Utf16 => utf16(bare, u16::from_be_bytes),
            bare => utf16(bare, u16::from_le_bytes),
        },
        other => eight_bit(octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets), other),
    };
    tidy(&text)
}

/// [`decode`] for objects whose syntax is ASCII or UTF-8 whatever the localization says.
#[must_use]
pub fn plain(octets: &[u8]) -> String {
    decode(octets, Charset::Unknown)
}

/// Whether a text that is said to be UTF-16 is none: Latin letters in UTF-16 have a NUL each, and a text without any
/// Latin letter, such as Chinese, is neither UTF-8 nor of an odd length but for bad luck.
fn is_eight_bit(octets: &[u8]) -> bool {
    !octets.contains(&0) && (octets.len() % 2 == 1 || core::str::from_utf8(octets).is_ok())
}

fn eight_bit(octets: &[u8], charset: Charset) -> String {
    // ISO 2022 shifts by escapes between octets that are all ASCII.
    let shifts = octets.contains(&0x1b) && charset == Charset::Other(Legacy(encoding_rs::ISO_2022_JP));
    if !shifts && let Ok(utf8) = core::str::from_utf8(octets) {
        return utf8.into();
    }
    match charset {
        Charset::Utf8 => match cut_short(octets) {
            Some(whole) => whole.into(),
            None => octets.iter().map(|octet| char::from(*octet)).collect(),
        },
        Charset::Other(Legacy(table)) => table.decode_without_bom_handling(octets).0.into_owned(),
        other => octets.iter().map(|octet| character(*octet, other)).collect(),
    }
}

/// The characters before one that a device has cut in the middle.
fn cut_short(octets: &[u8]) -> Option<&str> {
    let error = core::str::from_utf8(octets).err()?;
    let whole = octets.get(..error.valid_up_to())?;
    (error.error_len().is_none()).then(|| core::str::from_utf8(whole).ok()).flatten()
}

fn character(octet: u8, charset: Charset) -> char {
    let high =
        |table: &str| table.chars().nth(usize::from(octet) - 0xa0).unwrap_or(char::REPLACEMENT_CHARACTER);
    match (charset, octet) {
        (_, 0..0xa0) => char::from(octet),
        (Charset::Roman8, _) => high(ROMAN_8),
        (Charset::Latin2, _) => high(LATIN_2),
        (Charset::Cyrillic, 0xa0 | 0xad) => char::from(octet),
        (Charset::Cyrillic, 0xf0) => '\u{2116}',
        (Charset::Cyrillic, 0xfd) => '\u{a7}',
        // 0xa1 is U+0401, and so on without a gap.
        (Charset::Cyrillic, _) => {
            char::from_u32(0x0401 + u32::from(octet) - 0xa1).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        (Charset::Latin5, 0xd0) => 'Ğ',
        (Charset::Latin5, 0xdd) => 'İ',
        (Charset::Latin5, 0xde) => 'Ş',
        (Charset::Latin5, 0xf0) => 'ğ',
        (Charset::Latin5, 0xfd) => 'ı',
        (Charset::Latin5, 0xfe) => 'ş',
        _ => char::from(octet),
    }
}

fn utf16(octets: &[u8], read: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = octets.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| read(*pair)))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn tidy(text: &str) -> String {
    // What stands behind a NUL is left over from an earlier, longer text.
    let text = text.trim_start_matches('\0');
    let text = text.split('\0').next().unwrap_or_default();
    let blanked: String = text.chars().map(|c| if commands(c) { ' ' } else { c }).collect();
    blanked.trim().to_owned()
}

/// Controls, and the marks that end lines or turn the direction of the text around them.
fn commands(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// 0xa0 to 0xff of HP Roman-8; 0xff is not assigned.
const ROMAN_8: &str = "\u{a0}ÀÂÈÊËÎÏ´ˋˆ¨˜ÙÛ₤¯Ýý°ÇçÑñ¡¿¤£¥§ƒ¢âêôûáéóúàèòùäëöüÅîØÆåíøæÄìÖÜÉïßÔÁÃãÐðÍÌÓÒÕõŠšÚŸÿÞþ·µ¶¾—¼½ªº«■»±\u{fffd}";
/// 0xa0 to 0xff of ISO 8859-2.
const LATIN_2: &str = "\u{a0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{ad}ŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mark_of_utf_8_is_no_character_where_the_device_says_utf_16_either() {
        for charset in [Charset::Utf16, Charset::Utf16LittleEnd, Charset::Utf8, Charset::Unknown] {
            assert_eq!(decode(b"\xef\xbb\xbf\xc6\x99", charset), "\u{199}");
        }
    }

    #[test]
    fn the_tables_have_a_character_for_each_octet() {
        assert_eq!(ROMAN_8.chars().count(), 96);
        assert_eq!(LATIN_2.chars().count(), 96);
    }

    #[test]
    fn the_named_set_is_used_when_the_octets_are_not_utf_8() {
        for (octets, charset, text) in [
            (&b"Pr\xeat"[..], Charset::Latin1, "Prêt"),
            (b"Pr\xc1t", Charset::Roman8, "Prêt"),
            (b"Papierstau \xce", Charset::Roman8, "Papierstau ö"),
            (b"B\xfd", Charset::Latin5, "Bı"),
            (b"Pr\xb9z", Charset::Latin2, "Pršz"),
            (b"\xb3\xde\xe2\xde\xd2", Charset::Cyrillic, "Готов"),
            (b"Pr\xeat", Charset::Unknown, "Prêt"),
            (b"Pr\xeat", Charset::Utf8, "Prêt"),
            (b"\0R\0\xe9", Charset::Utf16, "Ré"),
            (b"\xff\xfeR\0\xe9\0", Charset::Utf16, "Ré"),
            (b"R\0\xe9\0", Charset::Utf16LittleEnd, "Ré"),
            (b"\xff\xfeR\0\xe9\0", Charset::Utf16LittleEnd, "Ré"),
            (b"\x5c\x31\x7e\xea", Charset::Utf16, "就绪"),
            (b"\x31\x5c\xea\x7e", Charset::Utf16LittleEnd, "就绪"),
            (b"Pr\xeats", Charset::Utf16, "Prêts"),
            (b"\xef\xbb\xbfPr\xc3\xaat", Charset::Utf8, "Prêt"),
        ] {
            assert_eq!(decode(octets, charset), text, "{charset:?}");
        }
    }

    #[test]
    fn panels_of_all_countries_are_read_in_the_set_that_they_name() {
        for (number, octets, text) in [
            (17, &b"\x88\xf3\x8d\xfc\x89\xc2"[..], "印刷可"),
            (2024, b"\x83g\x83i\x81[", "トナー"),
            (18, b"\xa5\xc8\xa5\xca\xa1\xbc", "トナー"),
            (39, b"\x1b$B%H%J!<\x1b(B OK", "トナー OK"),
            (2025, b"\xbe\xcd\xd0\xf7", "就绪"),
            (113, b"\xbe\xcd\xd0\xf7", "就绪"),
            (2026, b"\xb4N\xba\xfc", "就緒"),
            (38, b"\xc1\xd8\xba\xf1", "준비"),
            (10, b"\xb8\xf4\xef\xe9\xec\xef", "Έτοιμο"),
            (11, b"\xee\xe5\xeb\xef", "מוכן"),
            (2084, b"\xe7\xcf\xd4\xcf\xd7", "Готов"),
            (2251, b"\xc3\xee\xf2\xee\xe2", "Готов"),
            (2252, b"Pr\x94t \x80", "Pr”t €"),
            (111, b"5 \xa4", "5 €"),
            (2259, b"\xbe\xc3\xe9\xcd\xc1", "พร้อม"),
        ] {
            assert_eq!(decode(octets, Charset::from_number(number)), text, "{number}");
            assert_eq!(decode(text.as_bytes(), Charset::from_number(number)), text, "UTF-8 under {number}");
        }
    }

    #[test]
    fn what_is_utf_8_stays_it_whatever_the_device_says() {
        assert_eq!(decode("Unità imaging".as_bytes(), Charset::Roman8), "Unità imaging");
        assert_eq!(decode("就绪".as_bytes(), Charset::Latin1), "就绪");
        assert_eq!(decode(b"plain", Charset::Utf16), "plain");
    }

    #[test]
    fn a_character_that_was_cut_at_the_end_is_dropped() {
        assert_eq!(decode(b"Toner \xe9\xbb", Charset::Utf8), "Toner");
    }

    #[test]
    fn padding_goes_and_line_ends_become_blanks() {
        assert_eq!(plain(b"SN123\0\0\0"), "SN123");
        assert_eq!(plain(b"Ready\0old text"), "Ready");
        assert_eq!(plain(b"  Black\r\nToner \n"), "Black  Toner");
        assert_eq!(plain(b"\0\0"), "");
    }

    #[test]
    fn no_text_turns_around_what_stands_beside_it() {
        assert_eq!(plain("HP \u{202e}gnp\u{2066}.exe\u{2028}x".as_bytes()), "HP  gnp .exe x");
        assert_eq!(plain("\x1b[2Jשלום".as_bytes()), "[2Jשלום");
    }

    proptest! {
        #[test]
        fn no_octets_panic(octets: Vec<u8>, number in 0_i64..3000) {
            let text = decode(&octets, Charset::from_number(number));
            prop_assert!(!text.contains('\0'));
        }
    }
}
