"""From members files to a published snapshot."""
