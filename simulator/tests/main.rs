//! The simulator, asked over HTTP as any client would.
