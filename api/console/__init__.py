"""The console: pages for people, rendered by the server. docs/console.md says how to add one."""
