"""Study guides, projects, assignments, materials and activities."""
