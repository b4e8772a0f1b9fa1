//! Kinds of parts, by the labels of the MIBs that number them.

open_enum! {
    /// What kind of part a component is.
    #[derive(Default)]
    pub enum ComponentKind {
        /// Holds media to print.
        InputTray: "inputTray",
        /// Takes printed media.
        OutputBin: "outputBin",
        /// Puts colorant on media.
        Marker: "marker",
        /// Moves media.
        MediaPath: "mediaPath",
        /// Staples, folds, punches, binds.
        Finisher: "finisher",
        /// Door or interlock.
        Cover: "cover",
        /// Operator panel.
        Console: "console",
        /// Image input.
        Scanner: "scanner",
        /// Feeds originals.
        DocumentFeeder: "documentFeeder",
        /// Fax line unit.
        FaxModem: "faxModem",
        /// Disk or flash.
        Storage: "storage",
        /// Central processor.
        Processor: "processor",
        /// Network interface.
        Network: "network",
        /// Page language engine.
        Interpreter: "interpreter",
        /// Part outside this list.
        #[default]
        Other: "other",
    }

    /// How an input tray feeds.
    /// Source: prtInputType.
    pub enum InputType {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Sheet feed auto removable tray.
        SheetFeedAutoRemovableTray = 3: "sheetFeedAutoRemovableTray",
        /// Sheet feed auto non removable.
        SheetFeedAutoNonRemovableTray = 4: "sheetFeedAutoNonRemovableTray",
        /// Sheet feed manual.
        SheetFeedManual = 5: "sheetFeedManual",
        /// Continuous roll.
        ContinuousRoll = 6: "continuousRoll",
        /// Continuous fan fold.
        ContinuousFanFold = 7: "continuousFanFold",
        /// Sheet feed pull.
        SheetFeedPull = 8: "sheetFeedPull",
    }

    /// What kind of place an output bin is.
    /// Source: prtOutputType.
    pub enum OutputType {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Removable bin.
        RemovableBin = 3: "removableBin",
        /// Un removable bin.
        UnRemovableBin = 4: "unRemovableBin",
        /// Continuous roll device.
        ContinuousRollDevice = 5: "continuousRollDevice",
        /// Mail box.
        MailBox = 6: "mailBox",
        /// Continuous fan fold.
        ContinuousFanFold = 7: "continuousFanFold",
    }

    /// What a finisher does.
    /// Source: finDeviceType.
    pub enum FinisherType {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Stitcher.
        Stitcher = 3: "stitcher",
        /// Folder.
        Folder = 4: "folder",
        /// Binder.
        Binder = 5: "binder",
        /// Trimmer.
        Trimmer = 6: "trimmer",
        /// Die cutter.
        DieCutter = 7: "dieCutter",
        /// Puncher.
        Puncher = 8: "puncher",
        /// Perforater.
        Perforater = 9: "perforater",
        /// Slitter.
        Slitter = 10: "slitter",
        /// Separation cutter.
        SeparationCutter = 11: "separationCutter",
        /// Imprinter.
        Imprinter = 12: "imprinter",
        /// Wrapper.
        Wrapper = 13: "wrapper",
        /// Bander.
        Bander = 14: "bander",
        /// Make envelope.
        MakeEnvelope = 15: "makeEnvelope",
        /// Stacker.
        Stacker = 16: "stacker",
        /// Sheet rotator.
        SheetRotator = 17: "sheetRotator",
        /// Inserter.
        Inserter = 18: "inserter",
    }

    /// How a marker puts colorant on media.
    /// Source: prtMarkerMarkTech.
    pub enum MarkingTechnology {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Electrophotographic LED.
        ElectrophotographicLED = 3: "electrophotographicLED",
        /// Electrophotographic laser.
        ElectrophotographicLaser = 4: "electrophotographicLaser",
        /// Electrophotographic other.
        ElectrophotographicOther = 5: "electrophotographicOther",
        /// Impact moving head dot matrix.
        ImpactMovingHeadDotMatrix9pin = 6: "impactMovingHeadDotMatrix9pin",
        /// Impact moving head dot matrix.
        ImpactMovingHeadDotMatrix24pin = 7: "impactMovingHeadDotMatrix24pin",
        /// Impact moving head dot matrix.
        ImpactMovingHeadDotMatrixOther = 8: "impactMovingHeadDotMatrixOther",
        /// Impact moving head fully formed.
        ImpactMovingHeadFullyFormed = 9: "impactMovingHeadFullyFormed",
        /// Impact band.
        ImpactBand = 10: "impactBand",
        /// Impact other.
        ImpactOther = 11: "impactOther",
        /// Inkjet aqueous.
        InkjetAqueous = 12: "inkjetAqueous",
        /// Inkjet solid.
        InkjetSolid = 13: "inkjetSolid",
        /// Inkjet other.
        InkjetOther = 14: "inkjetOther",
        /// Pen.
        Pen = 15: "pen",
        /// Thermal transfer.
        ThermalTransfer = 16: "thermalTransfer",
        /// Thermal sensitive.
        ThermalSensitive = 17: "thermalSensitive",
        /// Thermal diffusion.
        ThermalDiffusion = 18: "thermalDiffusion",
        /// Thermal other.
        ThermalOther = 19: "thermalOther",
        /// Electroerosion.
        Electroerosion = 20: "electroerosion",
        /// Electrostatic.
        Electrostatic = 21: "electrostatic",
        /// Photographic microfiche.
        PhotographicMicrofiche = 22: "photographicMicrofiche",
        /// Photographic imagesetter.
        PhotographicImagesetter = 23: "photographicImagesetter",
        /// Photographic other.
        PhotographicOther = 24: "photographicOther",
        /// Ion deposition.
        IonDeposition = 25: "ionDeposition",
        /// E beam.
        EBeam = 26: "eBeam",
        /// Typesetter.
        Typesetter = 27: "typesetter",
    }

    /// What kind of software a module is.
    /// Source: hrSWInstalledType.
    pub enum SoftwareType {
        /// Value not known.
        Unknown = 1: "unknown",
        /// Operating system.
        OperatingSystem = 2: "operatingSystem",
        /// Device driver.
        DeviceDriver = 3: "deviceDriver",
        /// Application.
        Application = 4: "application",
    }

    /// What kind of storage an area is.
    /// Source: hrStorageType, hrDiskStorageMedia.
    pub enum StorageType {
        /// Working memory.
        Ram: "ram",
        /// Paged memory.
        VirtualMemory: "virtualMemory",
        /// Rotating or solid disk.
        HardDisk: "hardDisk",
        /// Flash memory.
        Flash: "flash",
        /// Disk held in memory.
        RamDisk: "ramDisk",
        /// Medium can be taken.
        Removable: "removable",
        /// Disk of another host.
        NetworkDisk: "networkDisk",
        /// Storage outside this list.
        Other: "other",
    }

    /// What a finisher can do.
    /// Source: IPP finishings keywords, finDeviceType.
    pub enum Finishing {
        /// Stapled.
        Staple: "staple",
        /// Holes punched.
        Punch: "punch",
        /// Folded.
        Fold: "fold",
        /// Bound.
        Bind: "bind",
        /// Stitched on the fold.
        SaddleStitch: "saddleStitch",
        /// Edges cut.
        Trim: "trim",
        /// Cover added.
        Cover: "cover",
        /// Coated.
        Coat: "coat",
        /// Laminated.
        Laminate: "laminate",
        /// Folded and stitched booklet.
        BookletMaker: "bookletMaker",
        /// Sets shifted apart.
        Offset: "offset",
        /// Option outside this list.
        Other: "other",
    }
}
