//! What a device has left. Orders are made from these.

use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Supplies and paper of a device.
    pub struct Supplies {
        /// When and from where.
        pub header: Header,
        /// Toner, ink, drums, waste boxes, staples.
        #[cfg_attr(feature = "serde", serde(rename = "Supply"))]
        pub supplies: Vec<Supply>,
        /// Media in trays.
        pub paper: Vec<Paper>,
    }

    /// One supply or receptacle.
    pub struct Supply {
        /// Index in its table; not stable over a replacement.
        pub index: String,
        /// Which part of the device it serves.
        pub category: SupplyCategory,
        /// Whether it is used up or filled.
        pub class: SupplyClass,
        /// What it is.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub supply_type: SupplyType,
        /// What the device calls it.
        pub name: Option<String>,
        /// Its maker.
        pub manufacturer: Option<String>,
        /// Its model.
        pub model: Option<String>,
        /// Number to order it by.
        pub part_number: Option<String>,
        /// Its serial number.
        pub serial_number: Option<String>,
        /// Its colour.
        pub colorant: Option<String>,
        /// Unit of capacity and level.
        pub unit: SupplyUnit,
        /// Raw maximum capacity in `unit`; -1 no limit, -2 unknown.
        pub max_capacity: Option<i64>,
        /// Raw level in `unit`; -1 no limit, -2 unknown, -3 some left. Of a receptacle: the room that is left.
        pub level: Option<i64>,
        /// What the level is worth.
        pub quality: LevelQuality,
        /// Derived from level and capacity when both were measured: 0 to 100, one decimal.
        pub remaining_percent: Option<f64>,
        /// What to do about it.
        pub state: Option<SupplyState>,
        /// When it was installed (UTC).
        pub install_date: Option<Timestamp>,
    }

    /// Media in one tray.
    pub struct Paper {
        /// Name or index of the tray.
        pub tray: String,
        /// Raw maximum capacity in `unit`; -1 no limit, -2 unknown.
        pub max_capacity: Option<i64>,
        /// Raw level in `unit`; -1 no limit, -2 unknown, -3 some left.
        pub level: Option<i64>,
        /// Unit of capacity and level.
        pub unit: Option<CapacityUnit>,
        /// What the level is worth.
        pub quality: LevelQuality,
        /// Name of the media (prtInputMediaName).
        pub media_name: Option<String>,
        /// Type of the media (prtInputMediaType).
        pub media_type: Option<String>,
    }
}

open_enum! {
    /// Which part of the device a supply serves.
    #[derive(Default)]
    pub enum SupplyCategory {
        /// Feeds or cleans the marker.
        #[default]
        Imaging: "imaging",
        /// Feeds the finisher.
        Finishing: "finishing",
        /// Media in a tray.
        Paper: "paper",
    }

    /// Whether a supply is used up or filled.
    /// Source: prtMarkerSuppliesClass, finSupplyClass.
    #[derive(Default)]
    pub enum SupplyClass {
        /// Neither consumed nor filled.
        #[default]
        Other = 1: "other",
        /// Used up while printing.
        SupplyThatIsConsumed = 3: "supplyThatIsConsumed",
        /// Waste box that fills up.
        ReceptacleThatIsFilled = 4: "receptacleThatIsFilled",
    }

    /// What a supply is.
    /// Source: prtMarkerSuppliesType, finSupplyType.
    #[derive(Default)]
    pub enum SupplyType {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        #[default]
        Unknown = 2: "unknown",
        /// Loose or bulk toner.
        Toner = 3: "toner",
        /// Box for spent toner.
        WasteToner = 4: "wasteToner",
        /// Ink.
        Ink = 5: "ink",
        /// Ink cartridge.
        InkCartridge = 6: "inkCartridge",
        /// Ink ribbon.
        InkRibbon = 7: "inkRibbon",
        /// Waste ink.
        WasteInk = 8: "wasteInk",
        /// Photoconductor drum or belt.
        Opc = 9: "opc",
        /// Developer.
        Developer = 10: "developer",
        /// Fuser oil.
        FuserOil = 11: "fuserOil",
        /// Solid wax.
        SolidWax = 12: "solidWax",
        /// Ribbon wax.
        RibbonWax = 13: "ribbonWax",
        /// Waste wax.
        WasteWax = 14: "wasteWax",
        /// Heat and pressure unit.
        Fuser = 15: "fuser",
        /// Corona wire.
        CoronaWire = 16: "coronaWire",
        /// Fuser oil wick.
        FuserOilWick = 17: "fuserOilWick",
        /// Cleaner unit.
        CleanerUnit = 18: "cleanerUnit",
        /// Fuser cleaning pad.
        FuserCleaningPad = 19: "fuserCleaningPad",
        /// Belt or roller moving toner.
        TransferUnit = 20: "transferUnit",
        /// Toner in a cartridge.
        TonerCartridge = 21: "tonerCartridge",
        /// Fuser oiler.
        FuserOiler = 22: "fuserOiler",
        /// Water.
        Water = 23: "water",
        /// Waste water.
        WasteWater = 24: "wasteWater",
        /// Glue water additive.
        GlueWaterAdditive = 25: "glueWaterAdditive",
        /// Waste paper.
        WastePaper = 26: "wastePaper",
        /// Binding supply.
        BindingSupply = 27: "bindingSupply",
        /// Banding supply.
        BandingSupply = 28: "bandingSupply",
        /// Stitching wire.
        StitchingWire = 29: "stitchingWire",
        /// Shrink wrap.
        ShrinkWrap = 30: "shrinkWrap",
        /// Paper wrap.
        PaperWrap = 31: "paperWrap",
        /// Staples of the finisher.
        Staples = 32: "staples",
        /// Inserts.
        Inserts = 33: "inserts",
        /// Covers.
        Covers = 34: "covers",
        /// Matte toner.
        MatteToner = 35: "matteToner",
        /// Matte ink.
        MatteInk = 36: "matteInk",
    }

    /// Unit of a supply's capacity and level.
    /// Source: prtMarkerSuppliesSupplyUnit, finSupplyUnit.
    #[derive(Default)]
    pub enum SupplyUnit {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        #[default]
        Unknown = 2: "unknown",
        /// 0.0001 inch of length.
        TenThousandthsOfInches = 3: "tenThousandthsOfInches",
        /// 0.001 millimetre of length.
        Micrometers = 4: "micrometers",
        /// Printed sides it yields.
        Impressions = 7: "impressions",
        /// Sheets it yields.
        Sheets = 8: "sheets",
        /// Hours of running.
        Hours = 11: "hours",
        /// 0.001 ounce of mass.
        ThousandthsOfOunces = 12: "thousandthsOfOunces",
        /// 0.1 gram of mass.
        TenthsOfGrams = 13: "tenthsOfGrams",
        /// 0.01 fluid ounce volume.
        HundrethsOfFluidOunces = 14: "hundrethsOfFluidOunces",
        /// 0.1 millilitre of volume.
        TenthsOfMilliliters = 15: "tenthsOfMilliliters",
        /// Feet of length.
        Feet = 16: "feet",
        /// Metres of length.
        Meters = 17: "meters",
        /// Pieces, such as staples.
        Items = 18: "items",
        /// Hundredth of full capacity.
        Percent = 19: "percent",
    }

    /// Unit of a tray's or bin's capacity.
    /// Source: prtInputCapacityUnit, prtOutputCapacityUnit.
    pub enum CapacityUnit {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// 0.0001 inch of stack.
        TenThousandthsOfInches = 3: "tenThousandthsOfInches",
        /// 0.001 millimetre of stack.
        Micrometers = 4: "micrometers",
        /// Pieces of media.
        Sheets = 8: "sheets",
        /// Feet of roll.
        Feet = 16: "feet",
        /// Metres of roll.
        Meters = 17: "meters",
        /// Pieces of anything.
        Items = 18: "items",
        /// Hundredth of full capacity.
        Percent = 19: "percent",
    }

    /// What a level is worth.
    #[derive(Default)]
    pub enum LevelQuality {
        /// Number from the device.
        Measured: "measured",
        /// Some left, amount unknown.
        SomeRemaining: "someRemaining",
        /// Device does not know.
        #[default]
        Unknown: "unknown",
        /// No limit applies.
        Unlimited: "unlimited",
        /// Made by a vendor rule.
        VendorDecoded: "vendorDecoded",
    }

    /// What to do about a supply.
    pub enum SupplyState {
        /// Nothing to do.
        Ok: "ok",
        /// Order soon.
        Low: "low",
        /// Change soon.
        VeryLow: "veryLow",
        /// Used up.
        Empty: "empty",
        /// Waste box is full.
        Full: "full",
        /// Not installed.
        Missing: "missing",
        /// Device rejects it.
        Refused: "refused",
        /// State not known.
        Unknown: "unknown",
    }
}
