//! The addresses that a client may connect to, in the order in which they are tried.

use transport::{Endpoint, SupervisorConfig};

/// The addresses of a client. There is always a first one.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    first: Endpoint,
    others: Vec<Endpoint>,
}

impl Endpoints {
    pub(crate) fn new(first: Endpoint) -> Self {
        Self {
            first,
            others: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, endpoint: Endpoint) {
        self.others.push(endpoint);
    }

    /// The one that is tried first.
    pub(crate) fn first(&self) -> &Endpoint {
        &self.first
    }

    pub(crate) fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// Moves the first to the end.
    pub(crate) fn rotate(&mut self) {
        if let Some(next) = self.others.first_mut() {
            std::mem::swap(&mut self.first, next);
            self.others.rotate_left(1);
        }
    }

    /// Puts the target of a redirect in the place of the first.
    pub(crate) fn redirect_first(&mut self, target: Endpoint) {
        self.first = target;
    }

    /// A supervisor's configuration with these endpoints.
    pub(crate) fn supervisor(&self) -> SupervisorConfig {
        let config = SupervisorConfig::new(self.first.host(), self.first.clone());
        let alternate =
            |config: SupervisorConfig, other: &Endpoint| config.alternate(other.clone());
        self.others.iter().fold(config, alternate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_comes_first_in_its_turn() {
        let endpoint = |name: &str| Endpoint::new(&format!("wss://{name}/")).unwrap();
        let mut endpoints = Endpoints::new(endpoint("a"));
        for name in ["b", "c"] {
            endpoints.push(endpoint(name));
        }
        let hosts = |endpoints: &Endpoints| -> Vec<String> {
            let all = std::iter::once(&endpoints.first).chain(&endpoints.others);
            all.map(|one| one.host().to_owned()).collect()
        };
        for order in [
            ["a", "b", "c"],
            ["b", "c", "a"],
            ["c", "a", "b"],
            ["a", "b", "c"],
        ] {
            assert_eq!(hosts(&endpoints), order);
            endpoints.rotate();
        }
        endpoints.redirect_first(endpoint("d"));
        assert_eq!(hosts(&endpoints), ["d", "c", "a"]);
        let mut single = Endpoints::new(endpoint("a"));
        single.rotate();
        assert_eq!((hosts(&single), single.len()), (vec!["a".to_owned()], 1));
    }
}
