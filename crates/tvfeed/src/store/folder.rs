//! The user's folder of settings.

use std::{env, path::PathBuf};

use crate::exit::Failure;

/// The name of the folder.
const NAME: &str = "tvfeed";

/// Where settings are kept: `TVFEED_CONFIG_DIR`, or `tvfeed` in the user's folder of settings.
pub(super) fn folder() -> Result<PathBuf, Failure> {
    let path = |name: &str| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        // A relative one would depend on where the program is started.
        Some(PathBuf::from(value)).filter(|path| path.is_absolute())
    };
    if let Some(folder) = path("TVFEED_CONFIG_DIR") {
        return Ok(folder);
    }
    let parent = if cfg!(windows) {
        path("APPDATA")
    } else {
        path("XDG_CONFIG_HOME").or_else(|| Some(path("HOME")?.join(".config")))
    };
    parent.map(|parent| parent.join(NAME)).ok_or_else(|| {
        Failure::Usage(
            "no folder for settings is known; set TVFEED_CONFIG_DIR to an absolute path".to_owned(),
        )
    })
}
