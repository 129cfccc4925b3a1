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

    /// The moment in microseconds since 1970 at which clocks show a local time, given likewise. One that they
    /// show twice is the earlier one; one that they skip is as long after the gap as it is in it.
    pub(crate) fn instant(&self, local: i64) -> i64 {
        let Some(zone) = &self.0 else { return local };
        let shown = Timestamp::from_microsecond(local).map(|t| TimeZone::UTC.to_datetime(t));
        let moment = shown.and_then(|shown| zone.to_ambiguous_timestamp(shown).compatible());
        moment.map_or(local, |moment| moment.as_microsecond())
    }

    /// Seconds east of UTC at a moment in microseconds since 1970.
    pub(crate) fn offset(&self, micros: i64) -> i32 {
        match &self.0 {
            None => 0,
            Some(zone) => Timestamp::from_microsecond(micros).map_or(0, |t| zone.to_offset(t).seconds()),
        }
    }
}
