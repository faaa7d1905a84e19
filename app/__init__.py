"""How people meet it: the command line, the pages in the browser, and reports."""
