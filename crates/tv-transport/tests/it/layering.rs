//! The modules of this crate have an order, and none imports upward.

/// Each module may use those before it.
const ORDER: [&str; 44] = [
    "text",
    "error",
    "close",
    "fault",
    "recovery",
    "seconds",
    "clock",
    "meter",
    "monitor",
    "process",
    "keepalive",
    "resolver",
    "limiter",
    "browser",
    "headers",
    "endpoint",
    "tls",
    "proxy",
    "options",
    "deflate/agreed",
    "deflate/frames",
    "deflate/inflating",
    "deflate/outgoing",
    "protocol",
    "conformance",
    "socket",
    "refusal",
    "upgrade",
    "connect",
    "connector",
    "drive_loop",
    "driver",
    "supervisor/backoff",
    "supervisor/breaker",
    "supervisor/policy",
    "supervisor/config",
    "supervisor/state",
    "supervisor/event",
    "supervisor/health",
    "supervisor/meters",
    "supervisor/machine",
    "supervisor/control",
    "supervisor/handle",
    "supervisor/runner",
];

#[test]
fn no_module_imports_upward() {
    let found = layering::upward_imports(env!("CARGO_MANIFEST_DIR"), &ORDER).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
