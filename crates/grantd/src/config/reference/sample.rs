//! The reference as a configuration file in which everything is commented out.

use std::fmt::Write;

use serde_json::Value;

use super::{Reference, Setting};

/// What stands before the settings.
const ABOUT: &str = "\
# The configuration of grantd. Every setting stands here with its default; take the `#` away from those that you
# change. A variable stands over this file, a flag over the variable. `grantd config check` tells what is wrong.
";

/// How long a line of a comment may be.
const WIDTH: usize = 100;

impl Reference {
    /// As a file to begin from.
    pub(crate) fn sample(&self) -> String {
        let mut sample = ABOUT.to_owned();
        // writing to a text does not fail
        let _ = self.write_sample(&mut sample);
        sample
    }

    fn write_sample(&self, sample: &mut String) -> std::fmt::Result {
        for section in &self.sections {
            writeln!(sample)?;
            comment(sample, &section.about)?;
            writeln!(sample, "[{}]", section.name)?;
            for setting in &section.settings {
                writeln!(sample)?;
                comment(sample, &setting.about)?;
                comment(
                    sample,
                    &format!("{}; {}", setting.expected, setting.variable),
                )?;
                writeln!(sample, "#{} = {}", setting.name, value(setting))?;
            }
        }
        for declared in &self.declared {
            for kind in &declared.kinds {
                writeln!(sample)?;
                comment(
                    sample,
                    if kind.name.is_some() {
                        &kind.about
                    } else {
                        &declared.about
                    },
                )?;
                writeln!(sample, "#[{}]", declared.name)?;
                if let Some(name) = &kind.name {
                    writeln!(sample, "#kind = \"{name}\"")?;
                }
                for field in &kind.fields {
                    let needed = if field.is_needed { ", needed" } else { "" };
                    comment(
                        sample,
                        &format!("{} ({}{needed})", field.about, field.expected),
                    )?;
                    writeln!(sample, "#{} = …", field.name)?;
                }
            }
        }
        Ok(())
    }
}

/// The default as it is written in a file.
fn value(setting: &Setting) -> String {
    match &setting.default {
        Value::Null => "…".to_owned(),
        // what JSON and TOML write alike: texts, numbers, lists of texts, `true` and `false`
        value => value.to_string(),
    }
}

/// A text as lines of a comment.
fn comment(sample: &mut String, text: &str) -> std::fmt::Result {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.len() + word.len() >= WIDTH {
            writeln!(sample, "{line}")?;
            line = String::from("#");
        }
        write!(line, " {word}")?;
    }
    writeln!(sample, "{line}")
}
