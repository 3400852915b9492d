//! The time zones that charts can be shown in.

use market::Zone;
use serde_json::Value;

use crate::session::source::Refusal;

/// The name of the zone in `switch_timezone` and `quote_switch_timezone`.
pub(super) fn checked(params: &[Value]) -> Result<&str, Refusal> {
    let name = params.get(1).and_then(Value::as_str).unwrap_or_default();
    if is_known(name) {
        Ok(name)
    } else {
        Err(Refusal("invalid timezone"))
    }
}

/// Whether the server knows a time zone.
fn is_known(name: &str) -> bool {
    matches!(name, "exchange" | "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT")
        || name
            .split_once('/')
            .and_then(|(area, city)| Some((CITIES.iter().find(|(name, _)| *name == area)?, city)))
            .is_some_and(|((_, cities), city)| cities.split(' ').any(|known| known == city))
}

/// The clocks of a zone that is known; none of its own for `exchange`.
pub(super) fn clocks(name: &str) -> Option<Zone> {
    // The database knows this city by another name.
    let name = if name == "Asia/Astana" {
        "Asia/Almaty"
    } else {
        name
    };
    Zone::find(name)
}

/// Cities by their area, as the time zone database names them.
const CITIES: &[(&str, &str)] = &[
    (
        "Africa",
        "Abidjan Accra Addis_Ababa Algiers Cairo Casablanca Dakar Johannesburg Kampala Lagos Luanda Maputo Nairobi Tripoli Tunis Windhoek",
    ),
    (
        "America",
        "Anchorage Argentina/Buenos_Aires Asuncion Bogota Boise Caracas Chicago Costa_Rica Denver Detroit Edmonton El_Salvador Guatemala Guayaquil Halifax Havana Jamaica Juneau La_Paz Lima Los_Angeles Managua Mexico_City Montevideo New_York Panama Phoenix Puerto_Rico Regina Santiago Santo_Domingo Sao_Paulo St_Johns Tijuana Toronto Vancouver Winnipeg",
    ),
    (
        "Asia",
        "Almaty Amman Ashgabat Ashkhabad Astana Baghdad Bahrain Baku Bangkok Beirut Brunei Calcutta Chongqing Colombo Damascus Dhaka Dubai Ho_Chi_Minh Hong_Kong Irkutsk Jakarta Jerusalem Kabul Karachi Kathmandu Kolkata Kuala_Lumpur Kuwait Macau Manila Muscat Nicosia Novosibirsk Omsk Phnom_Penh Qatar Riyadh Saigon Seoul Shanghai Singapore Taipei Tashkent Tbilisi Tehran Tel_Aviv Thimphu Tokyo Ulaanbaatar Urumqi Vladivostok Yangon Yekaterinburg Yerevan",
    ),
    (
        "Atlantic",
        "Azores Bermuda Canary Cape_Verde Reykjavik South_Georgia Stanley",
    ),
    (
        "Australia",
        "ACT Adelaide Brisbane Canberra Darwin Hobart Melbourne NSW Perth Sydney",
    ),
    (
        "Europe",
        "Amsterdam Athens Belgrade Berlin Bratislava Brussels Bucharest Budapest Chisinau Copenhagen Dublin Helsinki Istanbul Kiev Kyiv Lisbon Ljubljana London Luxembourg Madrid Malta Minsk Monaco Moscow Oslo Paris Prague Riga Rome Samara Sarajevo Skopje Sofia Stockholm Tallinn Tirane Vaduz Vienna Vilnius Warsaw Zagreb Zurich",
    ),
    ("Indian", "Maldives Mauritius Reunion"),
    (
        "Pacific",
        "Apia Auckland Chatham Fakaofo Fiji Guam Honolulu Kiritimati Noumea Pago_Pago Port_Moresby Tahiti Tongatapu",
    ),
    (
        "US",
        "Alaska Arizona Central Eastern Hawaii Mountain Pacific",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_places_are_known() {
        for name in [
            "exchange",
            "Etc/UTC",
            "America/New_York",
            "America/Argentina/Buenos_Aires",
            "Asia/Kolkata",
            "Europe/Berlin",
            "US/Mountain",
            "Australia/ACT",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "",
            "Nowhere/Nowhere",
            "Europe/",
            "Europe/Nowhere",
            "Europe",
            "europe/berlin",
            "America/New York",
            "Europe/Berlin Rome",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn every_place_has_clocks() {
        let places = CITIES
            .iter()
            .flat_map(|(area, cities)| cities.split(' ').map(move |city| format!("{area}/{city}")));
        let unknown: Vec<_> = places.filter(|name| clocks(name).is_none()).collect();
        assert_eq!(unknown, [""; 0]);
    }
}
