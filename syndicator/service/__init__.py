"""The four verbs — poll, plan, deliver, reconcile — and what an editor may do. All sequencing lives here."""
