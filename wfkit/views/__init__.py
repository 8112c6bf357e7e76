"""Pictures of graphs and runs, each with a text twin: values in, text out."""
