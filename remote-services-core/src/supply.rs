//! What a device has left. Orders are made from these.

use crate::reading::Header;
use crate::time::DateTime;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Supplies and paper of a device.
    pub struct Supplies {
        /// When and from where.
        pub header: Header,
        /// Toner, ink, drums, waste boxes, staples. Source: prtMarkerSuppliesTable 1.3.6.1.2.1.43.11.1,
        /// finSupplyTable 1.3.6.1.2.1.43.31.1.
        #[cfg_attr(feature = "serde", serde(rename = "Supply"))]
        pub supplies: Vec<Supply>,
        /// Media in a tray. Source: prtInputTable 1.3.6.1.2.1.43.8.2.
        pub paper: Vec<Paper>,
    }

    /// One supply or receptacle.
    pub struct Supply {
        /// prtMarkerSuppliesIndex 1.3.6.1.2.1.43.11.1.1.1; not stable over a replacement.
        pub index: String,
        /// Which part of the device it serves; by the table it is from.
        pub category: SupplyCategory,
        /// Whether it is used up or filled: decides what Level means. Source: prtMarkerSuppliesClass
        /// 1.3.6.1.2.1.43.11.1.1.4.
        pub class: SupplyClass,
        /// What it is. Source: prtMarkerSuppliesType 1.3.6.1.2.1.43.11.1.1.5.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub supply_type: SupplyType,
        /// What the device calls it. Source: prtMarkerSuppliesDescription 1.3.6.1.2.1.43.11.1.1.6.
        pub name: Option<String>,
        /// Its maker. Source: xcmHrDevDetail deviceManufacturer(10) of the unit, or the vendor profile.
        pub manufacturer: Option<String>,
        /// Its model. Source: xcmHrDevDetail deviceModelNumber of the unit, currentSupplyCartridgeType, or
        /// the vendor profile.
        pub model: Option<String>,
        /// Number to order it by. Source: xcmHrSuppliesPartNumber, currentSupplyPartNumber, or the vendor
        /// profile.
        pub part_number: Option<String>,
        /// Its serial number: one order a cartridge. Source: xcmHrDevDetail deviceSerialNumber(12) of the
        /// unit, currentSupplySerialNumber.
        pub serial_number: Option<String>,
        /// Its colour. Source: prtMarkerColorantValue 1.3.6.1.2.1.43.12.1.1.4 by
        /// prtMarkerSuppliesColorantIndex 1.3.6.1.2.1.43.11.1.1.3.
        pub colorant: Option<String>,
        /// Unit of capacity and level. Source: prtMarkerSuppliesSupplyUnit 1.3.6.1.2.1.43.11.1.1.7.
        pub unit: SupplyUnit,
        /// Raw maximum in Unit; -1 no limit, -2 unknown. Source: prtMarkerSuppliesMaxCapacity
        /// 1.3.6.1.2.1.43.11.1.1.8.
        pub max_capacity: Option<i64>,
        /// Raw level in Unit; -1 no limit, -2 unknown, -3 some left. Of a receptacle: the room that is left.
        /// Source: prtMarkerSuppliesLevel 1.3.6.1.2.1.43.11.1.1.9.
        pub level: Option<i64>,
        /// What the level is worth.
        pub quality: LevelQuality,
        /// Percent, 0 to 100, one decimal: derived from Level and MaxCapacity when both were measured. Where
        /// the device tells it itself: xcmHrDevDetail deviceLifeRemainingPercent(251).
        pub remaining_percent: Option<f64>,
        /// What to do about it; from alerts and hrPrinterDetectedErrorState 1.3.6.1.2.1.25.3.5.1.2.
        pub state: Option<SupplyState>,
        /// Class or yield of the cartridge as the maker names it (standard, high yield). Source:
        /// currentSupplyCartridgeType 1.3.6.1.4.1.641.6.4.4.1.1.9, xcmHrDevDetail
        /// deviceSuppliesMaxCapacity(255), vendor profile.
        pub size: Option<String>,
        /// Impressions that the device expects of what is left. Source: xcmHrDevDetail
        /// deviceRemainingImpressions(252), brInfoEstimatedPagesRemaining
        /// 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.19.
        pub remaining_impressions: Option<u64>,
        /// What the unit has done since it was made, in SupplyUnit or impressions. Source: xcmHrDevDetail
        /// deviceLifetimeUsage(20) of the unit, currentSupplyUsage 1.3.6.1.4.1.641.6.4.4.1.1.17.
        pub lifetime_usage: Option<SupplyCount>,
        /// Usage at which something is due, in SupplyUnit or impressions. Source: xcmHrDevDetail
        /// deviceReorderLifetimeLimit(21), deviceWarningLifetimeLimit(22), deviceReplaceLifetimeLimit(23) and
        /// deviceMaximumLifetimeLimit(24).
        #[cfg_attr(feature = "serde", serde(rename = "LifetimeLimit"))]
        pub lifetime_limits: Vec<LifetimeLimit>,
        /// When it was installed, in local time where the device tells no zone. Source: xcmHrDevDetail
        /// deviceInstallDate(260) or deviceReplaceDate(57), currentSupplyInstallDate.
        #[cfg_attr(feature = "serde", serde(rename = "InstallDate"))]
        pub installed_at: Option<DateTime>,
        /// Impressions of the device when the unit was installed. Source: xcmHrDevDetail
        /// deviceReplaceSystemUsage(58), currentSupplyPageCountAtInstall 1.3.6.1.4.1.641.6.4.4.1.1.11.
        pub count_at_install: Option<u64>,
        /// Who changes it. Source: xcmHrSuppliesClass 1.3.6.1.4.1.253.8.53.20.1.1.4, xcmHrDevDetail
        /// deviceReplaceByCustomer(16).
        pub replaceable_by: Option<ReplaceableBy>,
        /// What else the device says about the unit. Source: xcmHrDevDetail deviceReplaceWithGeneric(59) and
        /// deviceReorderToVendorDate(55), vendor profile; PWG printer-supply-info-uri.
        pub related: Vec<RelatedAttribute>,
    }

    /// Media in one tray.
    pub struct Paper {
        /// Name or index of the tray. Source: prtInputName 1.3.6.1.2.1.43.8.2.1.13, prtInputIndex
        /// 1.3.6.1.2.1.43.8.2.1.1.
        pub tray: String,
        /// Raw maximum in Unit; -1 no limit, -2 unknown. Source: prtInputMaxCapacity 1.3.6.1.2.1.43.8.2.1.9.
        pub max_capacity: Option<i64>,
        /// Raw level in Unit; -1 no limit, -2 unknown, -3 some left. Source: prtInputCurrentLevel
        /// 1.3.6.1.2.1.43.8.2.1.10.
        pub level: Option<i64>,
        /// Unit of capacity and level. Source: prtInputCapacityUnit 1.3.6.1.2.1.43.8.2.1.8.
        pub unit: Option<CapacityUnit>,
        /// What the level is worth.
        pub quality: LevelQuality,
        /// Name of the media. Source: prtInputMediaName 1.3.6.1.2.1.43.8.2.1.12.
        pub media_name: Option<String>,
        /// Type of the media. Source: prtInputMediaType 1.3.6.1.2.1.43.8.2.1.21.
        pub media_type: Option<String>,
    }
}

leaf! {
    /// A number with its unit.
    pub struct SupplyCount {
        /// The number, 0 to 18446744073709551615.
        pub value: u64,
        /// What it counts.
        pub unit: SupplyUnit,
    }

    /// A usage at which something is due.
    pub struct LifetimeLimit {
        /// The usage, 0 to 18446744073709551615.
        pub value: u64,
        /// What is due.
        pub at: LimitKind,
        /// What the usage is counted in.
        pub unit: SupplyUnit,
    }

    /// Something else about a supply.
    pub struct RelatedAttribute {
        /// What the device says, as it gave it.
        pub value: String,
        /// Name of the attribute: that of the MIB object, the PWG attribute or the vendor profile.
        pub name: String,
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

    /// Who changes a unit.
    /// Source: xcmHrSuppliesClass.
    pub enum ReplaceableBy {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// User refills it.
        Replenishable = 3: "replenishable",
        /// Customer changes it.
        CustomerReplacable = 4: "customerReplacable",
        /// Technician changes it.
        ServiceReplacable = 5: "serviceReplacable",
        /// Seldom changed.
        RarelyReplaced = 6: "rarelyReplaced",
        /// Never changed.
        NotReplacable = 7: "notReplacable",
    }

    /// What is due when a usage is reached.
    #[derive(Default)]
    pub enum LimitKind {
        /// Order another unit.
        Reorder: "reorder",
        /// The device warns.
        Warning: "warning",
        /// Change the unit.
        Replace: "replace",
        /// The unit is not used any longer.
        #[default]
        Maximum: "maximum",
    }
}
