"""The make-believe company's vendors, served over HTTP on loopback as the real ones document their APIs."""
