//! A text in lower case, without what may stand between the pieces of a secret: tags, spaces,
//! invisible marks.

use std::ops::Range;

use zeroize::Zeroizing;

use super::Extent;

/// The most bytes of a tag.
const MOST_TAG: usize = 256;

/// What is left of a text, and where it was.
pub(super) struct Bones {
    text: Zeroizing<String>,
    /// For each byte that is left the character of the text that it is of.
    places: Vec<Range<usize>>,
}

impl Bones {
    pub(super) fn of(text: &str) -> Self {
        let mut bones = Zeroizing::new(String::with_capacity(text.len()));
        let mut places = Vec::with_capacity(text.len());
        let mut end_of_tag = 0;
        for (place, c) in text.char_indices() {
            if place < end_of_tag {
                continue;
            }
            if let Some(length) = tag(&text[place..]) {
                end_of_tag = place + length;
            } else if !is_filler(c) {
                let before = bones.len();
                bones.extend(c.to_lowercase());
                let character = place..place + c.len_utf8();
                places.resize(places.len() + bones.len() - before, character);
            }
        }
        Self {
            text: bones,
            places,
        }
    }

    /// What to seek here for a secret.
    pub(super) fn of_needle(secret: &str) -> Zeroizing<String> {
        let kept = secret.chars().filter(|&c| !is_filler(c));
        let mut bones = Zeroizing::new(String::with_capacity(secret.len() * 2));
        bones.extend(kept.flat_map(char::to_lowercase));
        bones
    }

    /// Finds the needle, and says where it is in the text that this was made of.
    pub(super) fn find(&self, needle: &[u8], extent: Extent, found: &mut Vec<Range<usize>>) {
        let mut here = Vec::new();
        super::find(&self.text, needle, extent, &mut here);
        found.extend(here.into_iter().filter_map(|range| {
            let last = range.end.checked_sub(1)?;
            Some(self.places.get(range.start)?.start..self.places.get(last)?.end)
        }));
    }
}

/// The length of the tag with which the text begins.
fn tag(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
        return None;
    }
    let end = text.bytes().take(MOST_TAG).position(|byte| byte == b'>')?;
    Some(end + 1)
}

fn is_filler(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// Characters that change how others are read: marks of direction, joiners.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
