"""What users hold in their hands: Dag, DagRun and their verbs."""
