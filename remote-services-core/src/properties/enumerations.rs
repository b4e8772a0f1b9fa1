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

    /// The family of a printer language.
    /// Source: prtInterpreterLangFamily.
    pub enum InterpreterFamily {
        /// Language outside this list.
        Other = 1: "other",
        /// Language not known.
        Unknown = 2: "unknown",
        /// PCL printer language.
        LangPCL = 3: "langPCL",
        /// HPGL printer language.
        LangHPGL = 4: "langHPGL",
        /// PJL printer language.
        LangPJL = 5: "langPJL",
        /// PS printer language.
        LangPS = 6: "langPS",
        /// IPDS printer language.
        LangIPDS = 7: "langIPDS",
        /// PPDS printer language.
        LangPPDS = 8: "langPPDS",
        /// EscapeP printer language.
        LangEscapeP = 9: "langEscapeP",
        /// Epson printer language.
        LangEpson = 10: "langEpson",
        /// DDIF printer language.
        LangDDIF = 11: "langDDIF",
        /// Interpress printer language.
        LangInterpress = 12: "langInterpress",
        /// ISO6429 printer language.
        LangISO6429 = 13: "langISO6429",
        /// LineData printer language.
        LangLineData = 14: "langLineData",
        /// MODCA printer language.
        LangMODCA = 15: "langMODCA",
        /// REGIS printer language.
        LangREGIS = 16: "langREGIS",
        /// SCS printer language.
        LangSCS = 17: "langSCS",
        /// SPDL printer language.
        LangSPDL = 18: "langSPDL",
        /// TEK4014 printer language.
        LangTEK4014 = 19: "langTEK4014",
        /// PDS printer language.
        LangPDS = 20: "langPDS",
        /// IGP printer language.
        LangIGP = 21: "langIGP",
        /// CodeV printer language.
        LangCodeV = 22: "langCodeV",
        /// DSCDSE printer language.
        LangDSCDSE = 23: "langDSCDSE",
        /// WPS printer language.
        LangWPS = 24: "langWPS",
        /// LN03 printer language.
        LangLN03 = 25: "langLN03",
        /// CCITT printer language.
        LangCCITT = 26: "langCCITT",
        /// QUIC printer language.
        LangQUIC = 27: "langQUIC",
        /// CPAP printer language.
        LangCPAP = 28: "langCPAP",
        /// DecPPL printer language.
        LangDecPPL = 29: "langDecPPL",
        /// SimpleText printer language.
        LangSimpleText = 30: "langSimpleText",
        /// NPAP printer language.
        LangNPAP = 31: "langNPAP",
        /// DOC printer language.
        LangDOC = 32: "langDOC",
        /// ImPress printer language.
        LangimPress = 33: "langimPress",
        /// Pinwriter printer language.
        LangPinwriter = 34: "langPinwriter",
        /// NPDL printer language.
        LangNPDL = 35: "langNPDL",
        /// NEC201PL printer language.
        LangNEC201PL = 36: "langNEC201PL",
        /// Automatic printer language.
        LangAutomatic = 37: "langAutomatic",
        /// Pages printer language.
        LangPages = 38: "langPages",
        /// LIPS printer language.
        LangLIPS = 39: "langLIPS",
        /// TIFF printer language.
        LangTIFF = 40: "langTIFF",
        /// Diagnostic printer language.
        LangDiagnostic = 41: "langDiagnostic",
        /// PSPrinter printer language.
        LangPSPrinter = 42: "langPSPrinter",
        /// CaPSL printer language.
        LangCaPSL = 43: "langCaPSL",
        /// EXCL printer language.
        LangEXCL = 44: "langEXCL",
        /// LCDS printer language.
        LangLCDS = 45: "langLCDS",
        /// XES printer language.
        LangXES = 46: "langXES",
        /// PCLXL printer language.
        LangPCLXL = 47: "langPCLXL",
        /// ART printer language.
        LangART = 48: "langART",
        /// TIPSI printer language.
        LangTIPSI = 49: "langTIPSI",
        /// Prescribe printer language.
        LangPrescribe = 50: "langPrescribe",
        /// LinePrinter printer language.
        LangLinePrinter = 51: "langLinePrinter",
        /// IDP printer language.
        LangIDP = 52: "langIDP",
        /// XJCL printer language.
        LangXJCL = 53: "langXJCL",
        /// PDF printer language.
        LangPDF = 54: "langPDF",
        /// RPDL printer language.
        LangRPDL = 55: "langRPDL",
        /// IntermecIPL printer language.
        LangIntermecIPL = 56: "langIntermecIPL",
        /// UBIFingerprint printer language.
        LangUBIFingerprint = 57: "langUBIFingerprint",
        /// UBIDirectProtocol printer language.
        LangUBIDirectProtocol = 58: "langUBIDirectProtocol",
        /// Fujitsu printer language.
        LangFujitsu = 59: "langFujitsu",
        /// CGM printer language.
        LangCGM = 60: "langCGM",
        /// JPEG printer language.
        LangJPEG = 61: "langJPEG",
        /// CALS1 printer language.
        LangCALS1 = 62: "langCALS1",
        /// CALS2 printer language.
        LangCALS2 = 63: "langCALS2",
        /// NIRS printer language.
        LangNIRS = 64: "langNIRS",
        /// C4 printer language.
        LangC4 = 65: "langC4",
        /// XPS printer language.
        LangXPS = 66: "langXPS",
        /// OpenXPS printer language.
        LangOpenXPS = 67: "langOpenXPS",
        /// JDF printer language.
        LangJDF = 68: "langJDF",
        /// JMF printer language.
        LangJMF = 69: "langJMF",
        /// PPML printer language.
        LangPPML = 70: "langPPML",
        /// XHTMLPrint printer language.
        LangXHTMLPrint = 71: "langXHTMLPrint",
        /// PDFis printer language.
        LangPDFis = 72: "langPDFis",
        /// PDF13 printer language.
        LangPDF13 = 73: "langPDF13",
        /// PDF14 printer language.
        LangPDF14 = 74: "langPDF14",
        /// PDF15 printer language.
        LangPDF15 = 75: "langPDF15",
        /// PDF16 printer language.
        LangPDF16 = 76: "langPDF16",
        /// PDF17 printer language.
        LangPDF17 = 77: "langPDF17",
        /// PS2 printer language.
        LangPS2 = 78: "langPS2",
        /// PS3 printer language.
        LangPS3 = 79: "langPS3",
        /// PCL3 printer language.
        LangPCL3 = 80: "langPCL3",
        /// PCL3GUI printer language.
        LangPCL3GUI = 81: "langPCL3GUI",
        /// PCL5e printer language.
        LangPCL5e = 82: "langPCL5e",
        /// PCL5c printer language.
        LangPCL5c = 83: "langPCL5c",
        /// PWGRaster printer language.
        LangPWGRaster = 84: "langPWGRaster",
        /// AppleRaster printer language.
        LangAppleRaster = 85: "langAppleRaster",
    }
}
