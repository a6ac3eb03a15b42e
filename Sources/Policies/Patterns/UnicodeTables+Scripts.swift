/// The script of every code point, as of Unicode 15.
///
/// Written by Tests/Interop/differential/unicode_tables.py.
extension UnicodeTables {
    /// The names, in the order of their letters.
    static let scriptNames = """
        Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak \
        Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian \
        Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot \
        Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan \
        Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek \
        Gujarati Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew \
        Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian \
        Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer \
        Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani \
        Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek \
        Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani \
        Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu \
        Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian \
        Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage \
        Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang \
        Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian \
        Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham \
        Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto \
        Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square 
        """

    /// Runs of code points from 0: the letters of a script, or - for none, and how many.
    static let scripts = """
        Ay65Cs26Ay6Cs26Ay47CsAy15CsAy5Cs23AyCs31AyCs449Ay39Cs5Ay5Am2Ay20Cd112Br4AyBr3-2Br4AyBr-4\
        BrAyBrAyBr3-1Br-1Br20-1Br63Az14Br16Bd133Cd2Bd169-1Ae38-2Ae50-2Ae3-1Ca55-8Ca27-4Ca6-11Ad5\
        AyAd6AyAd14AyAd3AyAd32AyAd10Cd11Ad26CdAd108AyAd34Fi14-1Fi60-2Fi3Ad48Ft50-14Dx59-2Dx3Ew46\
        -2Ew15-1Dd28-2Dd-1Fi11-5Ad31-1Ad2-6Ad74AyAd29Bf81Cd4Bf15Ay2Bf26Ak4-1Ak8-2Ak2-2Ak22-1Ak7\
        -1Ak-3Ak4-2Ak9-2Ak2-2Ak4-8Ak-4Ak2-1Ak5-2Ak25-2Bu3-1Bu6-4Bu2-2Bu22-1Bu7-1Bu2-1Bu2-1Bu2-2\
        Bu-1Bu5-4Bu2-2Bu3-3Bu-7Bu4-1Bu-7Bu17-10Bs3-1Bs9-1Bs3-1Bs22-1Bs7-1Bs2-1Bs5-2Bs10-1Bs3-1\
        Bs3-2Bs-15Bs4-2Bs12-7Bs7-1El3-1El8-2El2-2El22-1El7-1El2-1El5-2El9-2El2-2El3-7El3-4El2-1\
        El5-2El18-10Fp2-1Fp6-3Fp3-1Fp4-3Fp2-1Fp-1Fp2-3Fp2-3Fp3-3Fp12-4Fp5-3Fp3-1Fp4-2Fp-6Fp-14\
        Fp21-5Fs13-1Fs3-1Fs23-1Fs16-2Fs9-1Fs3-1Fs4-7Fs2-1Fs3-2Fs-2Fs4-2Fs10-7Fs9Ci13-1Ci3-1Ci23\
        -1Ci10-1Ci5-2Ci9-1Ci3-1Ci4-7Ci2-6Ci2-1Ci4-2Ci10-1Ci3-12Dc13-1Dc3-1Dc51-1Dc3-1Dc6-4Dc16-2\
        Dc26-1Fc3-1Fc18-3Fc24-1Fc9-1Fc-2Fc7-3Fc-4Fc6-1Fc-1Fc8-6Fc10-2Fc3-12Fu58-4AyFu28-37Cr2-1\
        Cr-1Cr5-1Cr24-1Cr-1Cr23-2Cr5-1Cr-1Cr7-1Cr10-2Cr4-32Fv72-1Fv36-4Fv39-1Fv36-1Fv15-1Fv7Ay4\
        Fv2-37Dr160Bn38-1Bn-5Bn-2Bn43AyBn4Bw256Bm73-1Bm4-2Bm7-1Bm-1Bm4-2Bm41-1Bm4-2Bm33-1Bm4-2\
        Bm7-1Bm-1Bm4-2Bm15-1Bm57-1Bm4-2Bm67-2Bm32-3Bm26-6Aw86-2Aw6-2Ar640Ea29-3Ev75Ay3Ev11-7Fj22\
        -9FjBy21Ay2-9Aq20-12Fk13-1Fk3-1Fk2-12Co94-2Co10-6Co10-6Do2Ay2DoAyDo20-6Do89-7Do43-5Ar70\
        -10Cu31-1Cu12-4Cu12-4Cu-3Cu12Fl30-2Fl5-11Dv44-4Dv26-6Dv11-3Dv2Co32Ap28-2Ap2Fm63-1Fm29-2\
        Fm11-6Fm10-6Fm14-2Cd31-49Ag77-3Ag47-1Fg64Aj52-8Aj4Ct56-3Ct15-3Ct3Eb48Bd9-7Bn43-2Bn3Fg8-8\
        Cd3AyCd13AyCd7Ay4CdAy6CdAy3Cd2Ay-5Cs38Br5BdCs49Br5Cs4Br5Cs13BdCs70BrCd64Cs256Br22-2Br6-2\
        Br38-2Br6-2Br8-1Br-1Br-1Br-1Br31-2Br53-1Br15-1Br14-2Br6-1Br19-2Br3-1Br9-1Ay12Cd2Ay87-1\
        Ay11Cs-2Ay11CsAy15-1Cs13-3Ay33-15Cd33-15Ay38BrAy3Cs2Ay6CsAy27CsAy17Cs41Ay3-4Ay663-25Ay11\
        -21Ay928Ao256Ay628-2Ay32-1Ay105Bo96Cs32Az116-5Az7Bn38-1Bn-5Bn-2Fw56-7Fw2-14FwBm23-9Bm7-1\
        Bm7-1Bm7-1Bm7-1Bm7-1Bm7-1Bm7-1Bm7-1Bd32Ay94-34Bv26-1Bv89-12Bv214-26Ay21BvAyBvAy25Bv9Cd4\
        Bw2Ay8Bv4Ay4-1Cb86-2Cd2Ay2Cb3AyCj90Ay2Cj3-5Am43-1Bw94-1Ay16Am32Ay36-11AyCj16Bw31-1Ay64\
        Bw31Ay81Cj47AyCj88Ay168Bv6592Ay64Bv20992Gf1165-3Gf55-9Cx48Ga300-20Bd96Ah88-8Ay34Cs102Ay3\
        Cs64-5Cs2-1Cs-1Cs5-24Cs14Fh45-3Ay10-6Er56-8Ex70-8Ex12-6Bf32Cl46AyClEu36-11EuBw29-3Cg78-1\
        AyCg10-4Cg2Dr31-1Av55-9Av14-2Av10-2Av4Dr32Fn67-24Fn5Di23-10Bm6-2Bm6-2Bm6-9Bm7-1Bm7-1Cs43\
        AyCs9BrCs4Ay2-4Aw80Di46-2Di10-6Bw11172-12Bw23-4Bw49-8452Bv366-2Bv106-38Cs7-12Ae5-5Ca26-1\
        Ca5-1Ca-1Ca2-1Ca2-1Ca10Ad115-16Ad363Ay2Ad80-2Ad54-7Ad-32Ad16Cd16Ay10-6Cd14Bd2Ay35-1Ay19\
        -1Ay4-4Ad5-1Ad135-2Ay-1Ay32Cs26Ay6Cs26Ay11Cj10AyCj45Ay2Bw31-3Bw6-2Bw6-2Bw6-2Bw3-3Ay7-1\
        Ay7-10Ay5-2Cw12-1Cw26-1Cw19-1Cw2-1Cw15-2Cw14-34Cw123-5Ay3-4Ay45-3Ay9Br79-1Ay13-3Br-47\
        Ay45Cd-130Cy29-3As49-15CdAy27-4Ed36-9Ed3Bp27-5Ef43-5Fz30-1FzEg36-4Eg14-42Be80Ez48En30-2\
        En10-6Em36-4Em36-4Bk40-8At52-11AtGb11-1Gb15-1Gb7-1Gb2-1Gb11-1Gb15-1Gb7-1Gb2-67Cv311-9\
        Cv22-10Cv8-24Cs6-1Cs42-1Cs9-69Bb6-2Bb-1Bb44-1Bb2-3Bb-2BbCc22-1Cc9Ep32Ds31-8Ds9-48Bz19-1\
        Bz2-5Bz5Es28-3EsCz26-5Cz-64Dl32Dk24-4Dk20-2Dk46Cm4-1Cm2-5Cm8-1Cm3-1Cm29-2Cm3-4Cm10-7Cm9\
        -7Ei32Ee32-32De39-4De12-9Af54-3Af7Cf22-2Cf8Ce19-5Ce8Et18-7Et4-12Et7-80Ej73-55Ec51-13Ec51\
        -7Ec6Bx40-8Bx10-294Ad31-1Ge42-1Ge3-2Ge2-75Ad3Eh40-8Fd42-22Ek26-38Ax28-20Bl23-9An78-4An36\
        -9AnCh67-10Ch-2Fe25-7Fe10-6Au53-1Au18-8Da39-9Ey96-1Fc20-11Cp18-1Cp47-62Dq7-1Dq-1Dq4-1\
        Dq15-1Dq11-6Cq59-5Cq10-6Bq4-1Bq8-2Bq2-2Bq22-1Bq7-1Bq2-1Bq5-1CdBq9-2Bq2-2Bq3-2Bq-6Bq-5Bq7\
        -2Bq7-3Bq5-139Dw92-1Dw5-30Fx72-8Fx10-166Fa54-2Fa38-34Dn69-11Dn10-6Do13-19Fo58-6Fo10-54\
        Ab27-2Ab15-4Ab23-185Bh60-100Gd83-12GdBg7-2Bg-2Bg8-1Bg2-1Bg30-1Bg2-2Bg12-9Bg10-70Du8-2\
        Du46-2Du11-27Gg72-8Ff83-13Ar16Eq57-7Bf10-246Al9-1Al45-1Al14-10Al29-3Df32-2Df22-1Df14-73\
        Dg7-1Dg2-1Dg44-3Dg-1Dg2-1Dg9-8Dg10-6Bt6-1Bt2-1Bt37-1Bt2-1Bt6-7Bt10-310Db25-7Ck17-1Ck41-3\
        Ck28-86Cx-15Fp50-13FpBa922-102Ba111-1Ba5-11Ba196-2636Bc99-13Bj1110-4010Ac583-8633Ah569-7\
        Dp31-1Dp10-4Dp2Fq79-1Fq10-6Ai30-2Ai6-10Eo70-10Eo10-1Eo7-1Eo21-5Eo19-688Dh91-101Dm75-4\
        Dm57-7Dm17-64FrDyBv2Cn-11Bv2-14Fr6136-8Fr768Cn470-42Fr9-8935Cj4-1Cj7-1Cj2-1CjCb287Cj3-15\
        Cb-29Cb3-2Cj-14Cj4-8Dy396-2308Bi107-5Bi13-3Bi9-7Bi10-2Bi4Ay4-4700Cd46-2Cd23-9Ay116-60\
        Ay246-10Ay39-2Ay62Cd3Ay17Cd8Ay2Cd7Ay30Cd4Ay61-21Br70-122Ay20-12Ay20-12Ay87-9Ay25-135Ay85\
        -1Ay71-1Ay2-2Ay-2Ay2-2Ay4-1Ay12-1Ay-1Ay7-1Ay65-1Ay4-2Ay8-1Ay7-1Ay28-1Ay4-1Ay5-1Ay-3Ay7-1\
        Ay340-2Ay292-2Ay50Fb652-15Fb5-1Fb15-1104Cs31-6Cs6-213Bo7-1Bo17-2Bo7-1Bo2-1Bo5-5Bd62-33Bd\
        -112Dz45-3Dz14-2Dz10-4Dz2-320Fy31-17Gc58-5Gc-464Dt42-742Bm7-1Bm4-1Bm2-1Bm15-1Dj197-2Dj16\
        -41Aa76-4Aa10-4Aa2-785Ay68-76Ay61-194Ad4-1Ad27-1Ad2-1Ad-2Ad-1Ad10-1Ad4-1Ad-1Ad-6Ad-4Ad-1\
        Ad-1Ad-1Ad3-1Ad2-1Ad-2Ad-1Ad-1Ad-1Ad-1Ad-1Ad2-1Ad-2Ad4-1Ad7-1Ad4-1Ad4-1Ad-1Ad10-1Ad17-5\
        Ad3-1Ad5-1Ad17-52Ad2-270Ay44-4Ay100-12Ay15-2Ay15-1Ay15-1Ay37-10Ay174-56Ay26CbAy2-13Ay44\
        -4Ay9-7Ay2-14Ay6-154Ay984-4Ay17-3Ay13-3Ay119-4Ay95-6Ay12-4Ay-15Ay12-4Ay56-8Ay10-6Ay40-8\
        Ay30-2Ay2-78Ay340-12Ay14-2Ay13-3Ay9-7Ay46-1Ay7-8Ay14-4Ay9-7Ay9-7Ay147-1Ay55-37Ay10-1030\
        Bv42720-32Bv4154-6Bv222-2Bv5762-14Bv7473-15Bv622-2466Bv542-1506Bv4939-5Bv4192-711761Ay\
        -30Ay96-128Cd240
        """
}
