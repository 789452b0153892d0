use crate::index::Index;

/// A language, a document, and a question in it about that document and no other.
const LANGUAGES: [(&str, &str, &str); 16] = [
    ("Chinese", "公司的年度报告显示，明年的收入预计将增长百分之十七。", "收入增长多少？"),
    ("Chinese, two characters", "请在星期五之前提交假期申请。", "假期"),
    ("Japanese", "来年度の売上高は十七パーセント増加する見込みです。", "売上高の見込みは？"),
    ("Japanese, one character", "庭に猫がいます。", "猫"),
    ("Korean", "내년 매출은 십칠 퍼센트 증가할 것으로 예상됩니다.", "매출이 얼마나 증가하나요?"),
    ("Thai", "รายได้ในปีหน้าคาดว่าจะเพิ่มขึ้นสิบเจ็ดเปอร์เซ็นต์", "รายได้ปีหน้า"),
    ("Lao", "ລາຍຮັບຂອງບໍລິສັດເພີ່ມຂຶ້ນ", "ລາຍຮັບ"),
    ("Khmer", "ប្រាក់ចំណូលរបស់ក្រុមហ៊ុនកើនឡើង", "ប្រាក់ចំណូល"),
    ("Burmese", "ကုမ္ပဏီ၏ဝင်ငွေတိုးလာသည်", "ဝင်ငွေ"),
    ("Hindi", "अगले वर्ष आय में सत्रह प्रतिशत वृद्धि की उम्मीद है।", "आय में वृद्धि"),
    ("Arabic", "من المتوقع أن تنمو الإيرادات بنسبة سبعة عشر بالمئة.", "الإيرادات"),
    ("Hebrew", "ההכנסות צפויות לגדול בשבעה עשר אחוזים.", "ההכנסות"),
    ("Russian", "Выручка в следующем году вырастет на семнадцать процентов.", "ВЫРУЧКА"),
    ("Greek", "Τα έσοδα αναμένεται να αυξηθούν.", "ΈΣΟΔΑ"),
    ("Vietnamese", "Doanh thu dự kiến tăng mười bảy phần trăm.", "doanh thu tang"),
    ("Fulani in Adlam, younger than unicode61", "𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪", "𞤆𞤵𞤤𞤢𞤪"),
];

#[test]
fn every_script_is_found() {
    let documents: Vec<_> = LANGUAGES.iter().map(|(language, text, _)| (*language, "Untitled", *text)).collect();
    let index = Index::of(&documents);
    for (language, _, question) in LANGUAGES {
        assert_eq!(index.documents(question).first().map(String::as_str), Some(language), "{question}");
    }
}

#[test]
fn words_are_found_in_whatever_form() {
    let index = Index::of(&[
        ("en", "Hiring", "Three engineers were hired."),
        ("fr", "Congés", "La durée des congés payés"),
        ("de", "Größe", "Die Größe der Straße"),
        ("wide", "年度", "売上 ２０２６ ＺＥＫＯ"),
        ("mixed", "Build", "重跑gen-itgc后"),
    ]);
    for (question, document) in [
        ("engineer", "en"),
        ("hire", "en"),
        ("conges duree", "fr"),
        ("GRÖSSE größe", "de"),
        ("zeko 2026", "wide"),
        ("ITGC", "mixed"),
    ] {
        assert_eq!(index.documents(question).first().map(String::as_str), Some(document), "{question}");
    }
}

/// A title says what all passages are about.
#[test]
fn a_title_counts_twice() {
    let filler = "Nothing of what is asked for stands in these lines, which are about something else entirely.";
    let index = Index::of(&[
        ("text", "Something", &format!("{filler} The vacation is here.")),
        ("title", "Vacation", &format!("{filler} There it is not.")),
        ("heading", "Other", &format!("# Vacation\n\n{filler}")),
    ]);
    let found = index.documents("vacation");
    assert_eq!(found.len(), 3);
    assert_eq!(found.last().unwrap(), "text");
}

/// `RG-11`: what the number means does not depend on which other documents there are.
#[test]
fn rg_11_similarity_is_of_question_and_passage_alone() {
    let mut index = Index::of(&[("a", "ZEKO", "Revenue is forecast to grow.")]);
    let question = "Which growing revenues does ZEKO hide?";
    let before = index.similarity(question, 1);
    assert!((before - 3.0 / 4.0).abs() < 1e-12, "grow, revenue and the title, but not hide: {before}");
    for number in 0..50 {
        index.add(&format!("other-{number}"), "ZEKO revenue", "hide hide hide", deputy_documents::MediaType::Plain);
    }
    assert_eq!(index.similarity(question, 1).to_bits(), before.to_bits());
}
