//! IEEE 1284 device ids: `MFG:Kyocera;CMD:PCLXL,PJL;MDL:ECOSYS P2040dw;SER:VD21457943;`.

/// A 1284 id, read where it lies. Keys in long or short form, in any case, blanks around them allowed.
#[derive(Clone, Copy, Debug)]
pub struct DeviceId<'a>(&'a str);

impl<'a> DeviceId<'a> {
    /// Any text is an id; one without keys has no values.
    #[must_use]
    pub const fn parse(text: &'a str) -> Self {
        Self(text)
    }

    /// The value of the first of these keys that is there and not empty.
    #[must_use]
    pub fn value(&self, keys: &[&str]) -> Option<&'a str> {
        self.0.split(';').find_map(|field| {
            let (key, value) = field.split_once(':')?;
            let wanted = keys.iter().any(|wanted| key.trim().eq_ignore_ascii_case(wanted));
            Some(value.trim()).filter(|value| wanted && !value.is_empty())
        })
    }

    /// `MFG` or `MANUFACTURER`.
    #[must_use]
    pub fn manufacturer(&self) -> Option<&'a str> {
        self.value(&["MFG", "MANUFACTURER"])
    }

    /// `MDL` or `MODEL`.
    #[must_use]
    pub fn model(&self) -> Option<&'a str> {
        self.value(&["MDL", "MODEL"])
    }

    /// `SERN` or `SER`. Not `SN`, which some makers fill with octets in hexadecimal.
    #[must_use]
    pub fn serial(&self) -> Option<&'a str> {
        self.value(&["SERN", "SER", "SERIALNUMBER"])
    }

    /// `CMD` or `COMMAND SET`, split at the commas.
    pub fn commands(&self) -> impl Iterator<Item = &'a str> {
        let commands = self.value(&["CMD", "COMMAND SET"]).unwrap_or_default();
        commands.split(',').map(str::trim).filter(|command| !command.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short_keys_in_any_case_and_spacing() {
        let short = DeviceId::parse("MFG:Xerox; CMD:PCL, PJL; MDL:AltaLink; Des:x;SERN:ABC123");
        assert_eq!(short.manufacturer(), Some("Xerox"));
        assert_eq!(short.model(), Some("AltaLink"));
        assert_eq!(short.serial(), Some("ABC123"));
        assert_eq!(short.commands().collect::<Vec<_>>(), ["PCL", "PJL"]);
        let long =
            DeviceId::parse("MANUFACTURER:Zebra Technologies;COMMAND SET:ZPL;MODEL:ZTC TLP 2824 Plus;");
        assert_eq!(long.manufacturer(), Some("Zebra Technologies"));
        assert_eq!(long.model(), Some("ZTC TLP 2824 Plus"));
        assert_eq!(long.commands().collect::<Vec<_>>(), ["ZPL"]);
    }

    #[test]
    fn what_is_no_id_has_no_values() {
        assert_eq!(DeviceId::parse("MFG:;hello").manufacturer(), None);
        assert_eq!(DeviceId::parse("").commands().count(), 0);
    }
}
