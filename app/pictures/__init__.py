"""Pictures of networks: what is drawn, where it stands, and how it gets into the browser or a file."""
