//! Workflow files of the repository, as `doctor` reads them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollback_action::doctor::WorkflowFile;

fuzz_target!(|data: &[u8]| {
    let text = rollback_action_fuzz::text(data);
    let read = WorkflowFile::read(".github/workflows/rollback.yml", &text);
    assert_eq!(WorkflowFile::read(".github/workflows/rollback.yml", &text), read);
    if let Some(content) = read.says() {
        for event in &content.events {
            assert!(content.starts_on(event));
        }
    }
});
