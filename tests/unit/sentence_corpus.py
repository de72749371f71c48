"""Sentences of our own, script by script: each row is a language and the sentences of one paragraph, in order."""

Row = tuple[str, tuple[str, ...]]

LATIN: tuple[Row, ...] = (
    ("en", ("Dr. Ann Lee and Mr. J. R. Dale met on Jan. 5 in St. Ives.", "They agreed on No. 7 of the list.", "Why?")),
    (
        "en",
        (
            "The U.S. will not sign.",
            "“We did not read it. We could not,” said Gov. Hale.",
            "Talks go on at 5 p.m. on Monday.",
        ),
    ),
    (
        "en",
        (
            "It costs $3.5 bn, i.e. 2.1 per cent more.",
            "(The first plan failed. So did the second.)",
            "Nobody minds…",
            "Really?!",
        ),
    ),
    ("en", ('"Will it hold? It must," she said.', "The dam is 40 years old.", "Acme Inc. built it.")),
    ("en", ("The firm Node.js moved to v. 2.0 on example.com.", "Vote!", "He said no.", "Then he left.")),
    (
        "de",
        (
            "Am 3. Mai trafen sich z. B. Minister der EU, u. a. Dr. Kern.",
            "„Wir gehen nicht. Wir bleiben“, sagte sie.",
            "Schluss!",
        ),
    ),
    (
        "de",
        ("Der Umbau kostet ca. 12 Mio. Euro bzw. 3,5 Prozent mehr.", "»Halt!« rief niemand.", "Er wird 2027 fertig."),
    ),
    ("fr", ("M. Roux a dit : « Nous ne partons pas. Jamais. »", "Mme Brun, elle, se tait !", "Et maintenant ?")),
    ("fr", ("Le train de 9 h 30 n’a pas roulé.", "« C’est fini », dit le maire.", "L’av. Foch reste fermée.")),
    ("es", ("¿Quién gana?", "¡Nadie!", "El Sr. Vega y la Dra. Sol no votaron en EE. UU. este año.", "Luego callaron.")),
    ("it", ("Il dott. Neri e il sig. Bianchi non parlano.", "«Non adesso. Forse domani», dice lui.", "Poi piove.")),
    ("pt", ("O Sr. Lima não veio.", "«Talvez amanhã», disse a Dra. Reis.", "Chove em Lisboa.")),
    ("nl", ("Dhr. de Wit e.a. komen niet.", "‘Morgen wel,’ zegt hij.", "De brug blijft dicht.")),
    ("pl", ("Prof. Zając nie przyjedzie, tzn. nie dziś.", "„Może jutro. Może nie”, mówi.", "Most stoi.")),
    ("cs", ("Dne 3. května se sešla vláda.", "„Nepůjdeme. Zůstaneme,“ řekl ministr.", "Konec.")),
    ("sv", ("Den 12. maj kl. 10 stängs bron.", "”Vi går inte. Vi stannar”, säger hon.", "Slut.")),
    ("fi", ("Se alkoi 3. toukokuuta.", "”Emme lähde”, hän sanoi.", "Silta on kiinni.")),
    ("tr", ("Prof. Dr. Aksoy gelmedi.", "“Yarın geleceğim. Söz,” dedi.", "Köprü kapalı.")),
    ("ro", ("Dl. Pop nu vine.", "„Poate mâine. Poate nu”, spune el.", "Podul este închis.")),
    ("vi", ("Ông Nam không đến.", "“Mai tôi sẽ đến,” ông nói.", "Cầu đóng cửa.")),
)

CYRILLIC: tuple[Row, ...] = (
    (
        "ru",
        (
            "В 2026 г. мост не откроют.",
            "«Мы не уйдём. Мы останемся», — сказал проф. А. И. Белов.",
            "Почему?",
            "Нет денег!",
        ),
    ),
    ("ru", ("Ремонт стоит 12 млн. руб. в год, т. е. вдвое больше.", "«Хватит!» — крикнул он.", "Все молчат…")),
    ("uk", ("Міст на вул. Шевченка не працює.", "«Ми не підемо!» — сказав п. Коваль.", "Чому?", "Немає 3,5 млн. грн.")),
    ("bg", ("Проф. Иванов не дойде.", "„Може би утре. Може би не“, каза той.", "Мостът е затворен.")),
    ("sr", ("Мост је затворен од 3. маја.", "„Нећемо отићи. Остајемо“, рекао је он.", "Крај.")),
)

GREEK: tuple[Row, ...] = (
    ("el", ("Ο κ. Δήμου δεν ήρθε.", "«Δεν φεύγουμε. Μένουμε», είπε ο υπουργός.", "Γιατί;", "Δεν υπάρχουν χρήματα!")),
    ("el", ("Η γέφυρα κοστίζει 12 εκ. ευρώ, δηλ. τα διπλά, π.χ. για χάλυβα.", "Τι αλλάζει;", "Τίποτα.")),
)

ARABIC: tuple[Row, ...] = (
    ("ar", ("لن يفتح الجسر هذا العام.", "لماذا؟", "قال د. سالم: «لا نغادر. نحن باقون».", "لا مال!")),
    ("fa", ("پل امسال باز نمی‌شود.", "چرا؟", "وزیر گفت: «ما نمی‌رویم. می‌مانیم».", "پول نیست!")),
    ("ur", ("پل اس سال نہیں کھلے گا۔", "کیوں؟", "وزیر نے کہا کہ رقم نہیں ہے۔")),
)

HEBREW: tuple[Row, ...] = (
    ("he", ('הגשר לא ייפתח השנה בארה"ב.', "למה?", "„אנחנו לא הולכים. אנחנו נשארים”, אמר ד״ר לוי.", "אין כסף!")),
    ("he", ('השר אמר: "לא נעזוב. נישאר".', "אחר כך שתק.", "צה״ל לא הגיב.")),
)

CJK: tuple[Row, ...] = (
    (
        "zh",
        (
            "大桥今年不会开放。",
            "为什么？",
            "部长说：“我们不走。我们留下。”",
            "没有3.5亿元！",
            "（第一个方案失败了。第二个也是。）",
        ),
    ),
    ("zh", ("GDP增长5.2%。", "他问:“为什么?”没有人回答!", "明天再谈……")),
    ("ja", ("橋は今年開通しない。", "「行かない。残る。」と大臣は述べた。", "なぜか？", "（予算がない。）")),
    ("ja", ("値段は３．５％上がった。", "「もう無理！」と彼は言った。", "それだけだ。")),
)

KOREAN: tuple[Row, ...] = (
    (
        "ko",
        (
            "다리는 올해 열리지 않는다.",
            "“우리는 떠나지 않는다. 남는다.”라고 장관은 말했다.",
            "왜?",
            "돈이 3.5억 원 없다!",
        ),
    ),
)

DEVANAGARI: tuple[Row, ...] = (
    ("hi", ("पुल इस साल नहीं खुलेगा।", "डॉ. शर्मा ने कहा, “हम नहीं जाएँगे। हम रुकेंगे।”", "क्यों?", "3.5 करोड़ रु. नहीं हैं।")),
    ("mr", ("पूल यंदा उघडणार नाही.", "का?", "प्रो. जोशी गप्प आहेत.")),
)

OTHERS: tuple[Row, ...] = (
    ("bn", ("সেতু এ বছর খুলবে না।", "কেন?", "ড. সেন চুপ।")),
    ("hy", ("Կամուրջը չի բացվի։", "Ոչ ոք չգիտի ինչու։")),
    ("am", ("ድልድዩ አይከፈትም።", "ማንም አያውቅም።")),
    ("km", ("ស្ពាននឹងមិនបើកទេ។", "គ្មាននរណាដឹងទេ។")),
    ("ka", ("ხიდი არ გაიხსნება.", "რატომ?", "არავინ იცის.")),
)

THAI: tuple[Row, ...] = (
    (
        "th",
        (
            "สะพานแห่งใหม่จะยังไม่เปิดให้รถผ่านภายในปีนี้เพราะงบประมาณไม่เพียงพอสำหรับงานช่วงสุดท้าย",
            "รัฐมนตรีว่าการกระทรวงคมนาคม นายสมชาย ใจดี กล่าวว่าจะเสนอเรื่องเข้าที่ประชุมอีกครั้งในเดือนหน้า",
            "ชาวบ้านรออยู่",
        ),
    ),
    (
        "th",
        (
            "เรือข้ามฟากหยุดให้บริการ 3 วัน ตั้งแต่วันที่ 5 มกราคม เนื่องจากคลื่นลมแรง และน้ำขึ้นสูงกว่าปกติมาก",
            "ผู้โดยสารกว่าสองร้อยคนต้องพักค้างคืนที่ท่าเรือโดยไม่มีใครแจ้งให้ทราบล่วงหน้าเลยสักคนเดียว",
        ),
    ),
)

EVERY: dict[str, tuple[Row, ...]] = {
    "Latin": LATIN, "Cyrillic": CYRILLIC, "Greek": GREEK, "Arabic": ARABIC, "Hebrew": HEBREW, "CJK": CJK,
    "Korean": KOREAN, "Devanagari": DEVANAGARI, "Thai": THAI, "others": OTHERS,
}  # fmt: skip
