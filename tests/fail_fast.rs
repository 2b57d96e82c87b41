//! Ends the whole process at the first failure, where `ROLLBACK_FAIL_FAST` asks for it: whoever plants bugs needs no second one.

use std::io::Write as _;
use std::sync::Once;

/// Sets it up; once is enough.
#[expect(clippy::exit, clippy::disallowed_methods, reason = "no other way ends the tests of the other threads")]
pub(crate) fn arm() {
    static ARMED: Once = Once::new();
    ARMED.call_once(|| {
        if std::env::var_os("ROLLBACK_FAIL_FAST").is_none() {
            return;
        }
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            usual(panic);
            // What a test prints is kept until it ends, and this one never does.
            let _ = writeln!(std::io::stderr(), "{panic}");
            std::process::exit(101);
        }));
    });
}
