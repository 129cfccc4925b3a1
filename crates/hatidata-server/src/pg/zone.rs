//! A session's time zone as offsets from UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Offsets of a time zone; an unknown name counts as UTC (the engine has refused it before).
#[derive(Debug, Clone)]
pub(crate) struct Zone(Option<TimeZone>);

impl Zone {
    pub(crate) fn named(name: &str) -> Zone {
        match name {
            "UTC" | "Etc/UTC" | "GMT" => Zone(None),
            name => Zone(TimeZone::get(name).ok()),
        }
    }

    /// Seconds east of UTC at a moment in microseconds since 1970.
    pub(crate) fn offset(&self, micros: i64) -> i32 {
        match &self.0 {
            None => 0,
            Some(zone) => Timestamp::from_microsecond(micros).map_or(0, |t| zone.to_offset(t).seconds()),
        }
    }
}
