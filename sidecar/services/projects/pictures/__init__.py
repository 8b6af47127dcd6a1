"""What a project looks like: waveforms and a picture of the timeline."""
