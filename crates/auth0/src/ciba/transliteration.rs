//! Text reduced to the characters Auth0 takes in a binding message.

/// The characters of `text`, each as itself, as its nearest spelling in ASCII letters, or as `_`. No two digits that
/// were apart come together: that would be another number. Blanks are collapsed, ends trimmed.
pub(crate) fn transliterate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let spelled = spelling(c);
        match spelled {
            Spelling::Itself(c) => out.push(c),
            Spelling::Letters(letters) => out.push_str(letters),
            Spelling::Word(word) => out.extend([" ", word, " "]),
            Spelling::Nothing => continue,
            Spelling::Quote if previous.is_alphabetic() && characters.peek().is_some_and(|c| c.is_alphabetic()) => {}
            Spelling::Quote | Spelling::Blank => out.push(' '),
            Spelling::Unknown if previous == '_' => {}
            Spelling::Unknown => out.push('_'),
        }
        previous = if matches!(spelled, Spelling::Unknown) { '_' } else { c };
    }
    out.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What Auth0 takes, blanks apart.
pub(crate) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+-_.,:#".contains(c)
}

enum Spelling {
    Itself(char),
    Letters(&'static str),
    Word(&'static str),
    /// An apostrophe or a letter without a sound: nothing inside a word, a blank elsewhere.
    Quote,
    Blank,
    /// Invisible: marks that stand above a letter, characters of no width.
    Nothing,
    Unknown,
}

fn spelling(c: char) -> Spelling {
    match c {
        _ if is_plain(c) => Spelling::Itself(c),
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | 'ъ' | 'ь' | 'Ъ' | 'Ь' => Spelling::Quote,
        '"' | '“' | '”' | '„' | '«' | '»' | '(' | ')' | '[' | ']' | '{' | '}' | '!' | '?' | '¿' | '¡' => {
            Spelling::Blank
        }
        '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Spelling::Nothing,
        '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => Spelling::Nothing,
        _ if c.is_whitespace() || c.is_control() => Spelling::Blank,
        _ => digit(c)
            .map(Spelling::Itself)
            .or_else(|| WORDS.iter().find(|(symbol, _)| *symbol == c).map(|(_, word)| Spelling::Word(word)))
            .or_else(|| LETTERS.iter().find(|(from, _)| from.contains(c)).map(|(_, to)| Spelling::Letters(to)))
            .unwrap_or(Spelling::Unknown),
    }
}

/// Decimal digits of other scripts, and the full-width forms of ASCII.
fn digit(c: char) -> Option<char> {
    const ZEROES: [char; 7] = ['٠', '۰', '०', '০', '๐', '０', '໐'];
    let code = u32::from(c);
    let offset = ZEROES.into_iter().filter_map(|zero| code.checked_sub(u32::from(zero))).find(|offset| *offset < 10);
    if let Some(offset) = offset {
        return char::from_digit(offset, 10);
    }
    let wide = code.checked_sub(0xfee0).filter(|_| (0xff01..=0xff5e).contains(&code)).and_then(char::from_u32);
    wide.filter(|narrow| is_plain(*narrow))
}

/// Symbols that are words, with a blank on either side. A currency sign is not a currency: it stays as vague as it is.
const WORDS: &[(char, &str)] = &[
    ('$', "dollar"),
    ('€', "EUR"),
    ('£', "pound"),
    ('¥', "yen"),
    ('₹', "INR"),
    ('₽', "RUB"),
    ('₿', "BTC"),
    ('¢', "cent"),
    ('%', "percent"),
    ('‰', "per mille"),
    ('&', "and"),
    ('@', "at"),
    ('<', "under"),
    ('>', "over"),
    ('≤', "at most"),
    ('≥', "at least"),
    ('~', "about"),
    ('≈', "about"),
    ('°', "deg"),
    ('§', "section"),
    ('№', "No."),
    ('×', "x"),
    ('*', "x"),
    ('÷', ":"),
    ('±', "+-"),
    (';', ","),
    ('•', "-"),
    ('·', "-"),
    ('…', ".."),
    ('→', "to"),
    ('¼', "1_4"),
    ('½', "1_2"),
    ('¾', "3_4"),
];

/// Letters by their nearest ASCII spelling: Latin, Greek and Cyrillic.
const LETTERS: &[(&str, &str)] = &[
    ("=", ":"),
    ("‐‑‒–—―−－", "-"),
    ("àáâãåāăąªǎ", "a"),
    ("ÀÁÂÃÅĀĂĄǍ", "A"),
    ("äæ", "ae"),
    ("ÄÆ", "Ae"),
    ("çćĉċč", "c"),
    ("ÇĆĈĊČ", "C"),
    ("ďđð", "d"),
    ("ĎĐÐ", "D"),
    ("èéêëēĕėęě", "e"),
    ("ÈÉÊËĒĔĖĘĚ", "E"),
    ("ĝğġģ", "g"),
    ("ĜĞĠĢ", "G"),
    ("ĥħ", "h"),
    ("ĤĦ", "H"),
    ("ìíîïĩīĭįıǐ", "i"),
    ("ÌÍÎÏĨĪĬĮİǏ", "I"),
    ("ĵ", "j"),
    ("Ĵ", "J"),
    ("ķ", "k"),
    ("Ķ", "K"),
    ("ĺļľŀł", "l"),
    ("ĹĻĽĿŁ", "L"),
    ("ñńņňŋ", "n"),
    ("ÑŃŅŇŊ", "N"),
    ("òóôõøōŏőºǒ", "o"),
    ("ÒÓÔÕØŌŎŐǑ", "O"),
    ("öœ", "oe"),
    ("ÖŒ", "Oe"),
    ("ŕŗř", "r"),
    ("ŔŖŘ", "R"),
    ("śŝşšș", "s"),
    ("ŚŜŞŠȘ", "S"),
    ("ß", "ss"),
    ("ẞ", "SS"),
    ("ţťŧț", "t"),
    ("ŢŤŦȚ", "T"),
    ("þ", "th"),
    ("Þ", "Th"),
    ("ùúûũūŭůűųǔ", "u"),
    ("ÙÚÛŨŪŬŮŰŲǓ", "U"),
    ("ü", "ue"),
    ("Ü", "Ue"),
    ("ŵ", "w"),
    ("Ŵ", "W"),
    ("ýÿŷ", "y"),
    ("ÝŸŶ", "Y"),
    ("źżž", "z"),
    ("ŹŻŽ", "Z"),
    // Greek (ISO 843, without its digraphs)
    ("αά", "a"),
    ("ΑΆ", "A"),
    ("βв", "v"),
    ("ΒВ", "V"),
    ("γг", "g"),
    ("ΓГ", "G"),
    ("δд", "d"),
    ("ΔД", "D"),
    ("εέеэ", "e"),
    ("ΕΈЕЭ", "E"),
    ("ζз", "z"),
    ("ΖЗ", "Z"),
    ("ηήιίϊΐи", "i"),
    ("ΗΉΙΊΪИ", "I"),
    ("θ", "th"),
    ("Θ", "Th"),
    ("κк", "k"),
    ("ΚК", "K"),
    ("λл", "l"),
    ("ΛЛ", "L"),
    ("μµм", "m"),
    ("ΜМ", "M"),
    ("νн", "n"),
    ("ΝН", "N"),
    ("ξ", "x"),
    ("Ξ", "X"),
    ("οόωώо", "o"),
    ("ΟΌΩΏО", "O"),
    ("πп", "p"),
    ("ΠП", "P"),
    ("ρр", "r"),
    ("ΡР", "R"),
    ("σςс", "s"),
    ("ΣС", "S"),
    ("τт", "t"),
    ("ΤТ", "T"),
    ("υύϋΰ", "y"),
    ("ΥΎΫ", "Y"),
    ("φф", "f"),
    ("ΦФ", "F"),
    ("χ", "ch"),
    ("Χ", "Ch"),
    ("ψ", "ps"),
    ("Ψ", "Ps"),
    // Cyrillic (BGN/PCGN)
    ("а", "a"),
    ("А", "A"),
    ("б", "b"),
    ("Б", "B"),
    ("ґ", "g"),
    ("Ґ", "G"),
    ("ё", "yo"),
    ("Ё", "Yo"),
    ("є", "ye"),
    ("Є", "Ye"),
    ("ж", "zh"),
    ("Ж", "Zh"),
    ("і", "i"),
    ("І", "I"),
    ("ї", "yi"),
    ("Ї", "Yi"),
    ("йы", "y"),
    ("ЙЫ", "Y"),
    ("у", "u"),
    ("У", "U"),
    ("х", "kh"),
    ("Х", "Kh"),
    ("ц", "ts"),
    ("Ц", "Ts"),
    ("ч", "ch"),
    ("Ч", "Ch"),
    ("ш", "sh"),
    ("Ш", "Sh"),
    ("щ", "shch"),
    ("Щ", "Shch"),
    ("ю", "yu"),
    ("Ю", "Yu"),
    ("я", "ya"),
    ("Я", "Ya"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aa_06_what_auth0_does_not_take_is_spelled_out() {
        for (text, expected) in [
            ("Buy 3 shares of GOOGL", "Buy 3 shares of GOOGL"),
            ("Pay $50.00 to ExampleCorp", "Pay dollar 50.00 to ExampleCorp"),
            ("Pay 50€ & tip 10%", "Pay 50 EUR and tip 10 percent"),
            ("Don't pay “Müller’s Straße”", "Dont pay Muellers Strasse"),
            ("Отправить 5 рублей", "Otpravit 5 rubley"),
            ("Πλήρωσε ٣ ή ５", "Plirose 3 i 5"),
            ("买 3 个苹果", "_ 3 _"),
            ("a\t\r\n b\u{200b}c\u{202e}", "a bc"),
            ("e\u{301}té", "ete"),
            ("3 × 5 = 15; ok?", "3 x 5 : 15 , ok"),
        ] {
            assert_eq!(transliterate(text), expected, "{text}");
        }
    }

    #[test]
    fn aa_06_numbers_never_grow_together() {
        for (text, expected) in [
            ("1/2", "1_2"),
            ("5'000", "5 000"),
            ("3(5)", "3 5"),
            ("3\"5", "3 5"),
            ("3½", "3 1_2"),
            ("3😀5", "3_5"),
            ("5²", "5_"),
            ("10^6", "10_6"),
            ("3!5", "3 5"),
        ] {
            assert_eq!(transliterate(text), expected, "{text}");
        }
    }
}
