"""A batch → what to add to the knowledge base, and which complaints a person should look at."""
