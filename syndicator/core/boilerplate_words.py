"""The words of the rules in ``core.boilerplate``, by what they say, in the languages of newsrooms. Data only.

Each is a part of an expression, bounded like the rules themselves; capitals do not matter.
"""

END = r"[\s.!…»>→›]*"
READ = (
    r"read also|also read|read more|see also|related(?: articles?| stor(?:y|ies)| posts?| news)?"
    r"|more on this(?: story)?"
    r"|you may also like|don[’']t miss|recommended(?: for you)?"
    r"|(?:à )?lire aussi|à lire(?: également)?|lire la suite|lire plus|voir aussi|sur le même sujet"
    r"|lesen sie (?:auch|mehr|hier)|lies auch|mehr (?:dazu(?: hier)?|zum thema)|weiterlesen|siehe auch|auch interessant"
    r"|das könnte sie auch interessieren"
    r"|le[ae] también|leer más|seguir leyendo|ver también|(?:te|le) puede interesar|más información"
    r"|leggi anche|leggi tutto|continua a leggere|vedi anche|potrebbe interessarti"
    r"|leia (?:também|mais)|veja também|continue lendo|saiba mais"
    r"|lees (?:ook|meer|verder)|bekijk ook|zie ook"
    r"|διαβάστε (?:επίσης|ακόμα|ακόμη|περισσότερα|και)|δείτε (?:επίσης|ακόμα|και)|διάβασε επίσης"
    r"|читайте (?:також|далі)|читати далі|дивіться також|читайте (?:также|далее)|читать далее|смотрите также"
    r"|czytaj (?:także|też|więcej|dalej)|zobacz (?:też|także)|przeczytaj (?:też|także)"
    r"|cite[șş]te (?:și|şi|mai mult|și)|vezi (?:și|şi)|läs (?:också|även|mer|vidare)|ayrıca oku(?:yun)?"
    r"|اقر[أا] أيض(?:ًا|اً|ا)|للمزيد|(?:קרא|קראו|קראי) (?:גם|עוד)|לקריאה נוספת|כתבות נוספות"
    r"|延伸阅读|延伸閱讀|相关阅读|相關閱讀|相关报道|另请参阅|阅读更多|閱讀更多|更多阅读|了解更多|推荐阅读"
    r"|関連記事|あわせて読みたい|続きを読む|もっと読む|관련 ?기사|함께 읽기|더 ?읽기|더 보기"
    r"|यह भी पढ़ें|और पढ़ें|इसे भी पढ़ें|อ่านเพิ่มเติม|อ่านต่อ|ข่าวที่เกี่ยวข้อง"
)
NETWORK = (
    r"(?:x|twitter|facebook|instagram|telegram|whatsapp|youtube|linkedin|tiktok|mastodon|bluesky|threads|google news"
    r"|social media|réseaux sociaux|redes sociales|social|σόσιαλ|соцмереж\w*|соцсет\w*)\b"
)
FOLLOW = (
    r"(?:follow (?:us|@\w+)|like us|join us|find us|suivez[- ]nous|rejoignez[- ]nous|folgen sie uns|folgt uns"
    r"|síg[ua][en]+os"
    r"|sigue[- ]nos|seguici|siga[- ]nos|volg ons|ακολουθήστε (?:μας|το [\w.]{1,30})|підписуйтесь на (?:нас|наш\w*)"
    r"|слідкуйте за нами|подписывайтесь на (?:нас|наш\w*)|obserwuj nas|urmăre[șş]te-ne|följ oss)"
)
SUBSCRIBE = (
    r"(?:subscribe to|sign up (?:for|to)|get our|abonnez[- ]vous à|inscrivez[- ]vous à|abonnieren sie"
    r"|melden sie sich für"
    r"|suscr[íi]b[ae]te a|iscriviti a(?:lla)?|subscreva|assine|schrijf je in voor|εγγραφείτε στο|підпишіться на"
    r"|подпишитесь на|zapisz się (?:do|na))"
    r"[^.!?\n]{0,40}\b(?:newsletter|infolettre|boletín|nieuwsbrief|ενημερωτικό δελτίο|розсилк\w+|рассылк\w+)\b"
)
SHARE = (
    r"share (?:this|on|via|the)(?: (?:article|story|post|page|with[^.\n]{0,30}|facebook|twitter|x|whatsapp|linkedin"
    r"|telegram|e-?mail))?|share|partager(?: (?:cet article|sur [^.\n]{1,20}))?"
    r"|(?:artikel |beitrag )?teilen|compart(?:e|ir)(?: (?:este? (?:artículo|noticia)|en [^.\n]{1,20}))?"
    r"|condividi(?: (?:questo articolo|su [^.\n]{1,20}))?|deel (?:dit artikel|op [^.\n]{1,20})|κοινοποίηση"
    r"|поділитися|поделиться"
)
COMMENTS = (
    r"(?:\d{1,6}|no|one|kein\w*|aucun|sin|nessun|geen) ?(?:comments?|repl(?:y|ies)|kommentare?|commentaires?"
    r"|comentarios?"
    r"|comment[oi]|reacties?|σχόλι[αο]|коментар\w*|комментари\w*)|(?:comments?|kommentare|commentaires"
    r"|comentarios|σχόλια"
    r"|коментарі|комментарии) ?[(:] ?\d{1,6} ?\)?|(?:leave|add|post|write) a (?:comment|reply)"
    r"|join the (?:conversation|discussion)"
    r"|laisser un commentaire|kommentar (?:schreiben|hinterlassen)|deja un comentario|lascia un commento"
)
SUPPORT = (
    r"(?:subscribe|sign up|register|become a (?:member|subscriber|supporter)|donate"
    r"|support (?:us|our (?:work|journalism))|jetzt (?:abonnieren|anmelden)|s[’']abonner|abonnez-vous|suscríb[ae]te"
    r"|abbonati|abonneer)(?: (?:now|today|here|for free))?"
)
APP = (
    r"(?:(?:join|follow|rejoignez|suivez|sigue|segui) (?:our|us on|notre|nuestro|il nostro)\b[^.!?\n]{0,40}"
    r"\b(?:whatsapp|telegram|discord|community|channel|canal\w*)\b"
    r"|(?:download|get|install|téléchargez|laden sie|descarga|scarica) (?:our|the|notre|unsere|nuestra|la nostra|la)\b"
    r"[^.!?\n]{0,30}\bapp(?:li(?:cation)?)?s?\b)"
)
FULL = (
    r"(?:(?:read|view|see|get|find) (?:the )?(?:full|rest|whole|entire|complete|original)(?: of (?:this|the))?"
    r" (?:blog|story|article|post|report|interview|text|entry|topic|piece|review|details|list|video|announcement"
    r"|release|statement)\b|read (?:the rest|the full|full|it in full)\b|read more (?:about|on|at|from|in|of|here)\b"
    r"|zum (?:vollständigen|ganzen) (?:artikel|beitrag)|l[’']article complet|artículo completo|l[’']articolo completo)"
)
FULL_STORY = r"(?:full|whole) (?:story|article|post|report)(?: here)?"
PICTURE = (
    r"(?:photos?|photographs?|pictures?|images?|illustrations?|graphics?|foto|bild|bildquelle|crédits?(?: photo)?"
    r"|(?:photo|image) credit|immagine|imagen|afbeelding|φωτογραφία|фото|zdjęcie)"
)
NAME = r"(?-i:[A-ZÀ-ÞΑ-ΩА-ЯЁЄІЇ][\w.’'-]*)"
NAMES = rf"{NAME}(?:,? (?:and |und |et |y |e |en )?{NAME}){{0,5}}(?:\s*[|,/•·–-]\s*[^.!?\n]{{1,80}}| on {NAME})?"
_DONE = (
    r"(?:posted|published|(?:last )?updated|written|filed|created|edited|released|recorded|veröffentlicht|aktualisiert"
    r"|publié|mis à jour|publicado|actualizado|pubblicato|aggiornato|geplaatst)"
)
AUTHOR = (
    rf"(?:(?:{_DONE} )?(?:by|von|par|por|di|da|door|από(?: τον| την)?)|автор:?|text:)\s+{NAMES}"
    rf"|{_DONE}(?::| (?:on|at|am|um|le|el|il|op))\s[^.!?\n]{{0,30}}\d{{1,4}}[^!?\n]{{0,30}}"
    r"|(?:about the authors?|über de[nr] autor(?:in)?|à propos de l[’']auteur|sobre el autor)\b.{0,200}"
)
CLOCK = (
    r"(?:,?\s*(?:at |um |à |·|\||-)?\s*\d{1,2}[:.h]\d{2}(?::\d{2})?"
    r"(?:\s?[ap]\.?m\.?|\s?uhr|\s?h)?(?:\s[a-z]{2,4})?)?"
)
DATE = (
    r"(?=\D{0,40}\d)(?:[^\W\d_]{2,12}\.?,?\s)?(?:\d{1,2}(?:st|nd|rd|th|\.|º)?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?\d{4}"
    rf"|[^\W\d_]{{3,12}}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}){CLOCK}"
)
LABELS = (
    r"(?:tags?|tagged|filed under|posted in|categor(?:y|ies)|topics?|keywords?|labels?|source|via|quelle|fuente|fonte"
    r"|källa|źródło|πηγή|джерело|источник|schlagw[oö]rter|schlagworte|mots[- ]clés|etiquetas|our standards)"
)
ADDRESS = r"https?://[^\s<>]{1,500}"
TITLE = r"(?:(?!\w\w\.\s)[^\n]){1,300}?"
FIRST = (
    rf"(?:the post {TITLE} (?:appeared first|first appeared) on"
    rf"|der beitrag {TITLE} erschien zuerst auf|l[’']article {TITLE} est apparu en premier sur"
    rf"|la entrada {TITLE} (?:se publicó primero en|apareció primero en)"
    rf"|l[’']articolo {TITLE} (?:proviene da|sembra essere il primo su)"
    rf"|het bericht {TITLE} verscheen eerst op|(?:o post|o artigo) {TITLE} apareceu primeiro em"
    rf"|(?:artykuł|wpis) {TITLE} pochodzi z serwisu|(?:το άρθρο|η δημοσίευση) {TITLE} εμφανίστηκε πρώτα στο"
    rf"|(?:допис|запис) {TITLE} (?:з[’']явився спочатку|спершу з[’']явився) на|(?:запись"
    rf"|сообщение) {TITLE} (?:впервые )?появил\w+ (?:сначала )?на"
    rf"|articolul {TITLE} apare prima dată în|inlägget {TITLE} dök först upp på"
    rf"|ظهرت (?:المقالة|المقال|التدوينة|المشاركة) {TITLE} أول(?:اً|ًا|ا) على"
    r"|\(?this (?:article|story|post|piece|column|essay|interview|report) (?:was )?(?:originally |first )"
    r"(?:appeared|published) (?:on|in|at|by))"
)
FIRST_CJK = (
    rf"(?=[^最首が\n]*[最首が]){TITLE} ?"
    r"(?:最先出现在|最先出現在|首先出现在|首先出現於|最早(?:发布于|出现在)|が最初に登場した)"
)
