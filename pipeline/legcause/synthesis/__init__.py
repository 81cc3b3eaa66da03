"""Knowledge base + seed → labelled complaints."""
