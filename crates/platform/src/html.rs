//! Pages of a Worker's own.

/// A small page of the Worker's own (errors, log out, close): plain HTML, no script or style inline, so that the strictest
/// Content-Security-Policy fits.
pub struct Page<'a> {
    /// Title and heading.
    pub title: &'a str,
    /// Paragraphs, as text.
    pub text: &'a [&'a str],
    /// Trusted markup after the paragraphs: forms and links made by [`link`] and [`button_form`].
    pub actions: &'a [String],
    /// Scripts of our own to load, by path.
    pub scripts: &'a [&'a str],
}

impl Page<'_> {
    /// The document.
    pub fn render(&self) -> String {
        let title = escape(self.title);
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<link rel=\"stylesheet\" \
             href=\"/page.css\">\n"
        );
        for script in self.scripts {
            out.push_str(&format!("<script src=\"{}\" defer></script>\n", escape(script)));
        }
        out.push_str(&format!("</head>\n<body>\n<main>\n<h1>{title}</h1>\n"));
        for paragraph in self.text {
            out.push_str(&format!("<p>{}</p>\n", escape(paragraph)));
        }
        for action in self.actions {
            out.push_str(action);
            out.push('\n');
        }
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }
}

/// A link.
pub fn link(target: &str, label: &str) -> String {
    format!("<p><a href=\"{}\">{}</a></p>", escape(target), escape(label))
}

/// A form of one button that posts nothing but itself.
pub fn button_form(target: &str, label: &str) -> String {
    format!("<form method=\"post\" action=\"{}\"><button>{}</button></form>", escape(target), escape(label))
}

/// Text for element content and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_stays_text() {
        let page = Page {
            title: "<b>",
            text: &["a & b", "<script>alert(1)</script>"],
            actions: &[link("/?a=1&b=\"", "Try <again>")],
            scripts: &["/close.js"],
        };
        let html = page.render();
        assert!(html.contains("<title>&lt;b&gt;</title>"));
        assert!(html.contains("<p>a &amp; b</p>"));
        assert!(html.contains("&lt;script&gt;alert(1)"));
        assert!(html.contains("href=\"/?a=1&amp;b=&quot;\""));
        assert!(!html.contains("<script>"));
    }
}
