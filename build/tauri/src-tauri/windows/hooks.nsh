; Windows does not overwrite the files of a running program, and Tauri's installer closes the app alone. So here both
; are ended: the app first, which would start the sidecar again. The sidecar then ends by itself, or by force.
!macro END_APP_AND_SIDECAR
  nsis_tauri_utils::KillProcessCurrentUser "${MAINBINARYNAME}.exe"
  Pop $R0
  Sleep 1500
  nsis_tauri_utils::KillProcessCurrentUser "voicebox-sidecar.exe"
  Pop $R0
  Sleep 500
!macroend

!macro NSIS_HOOK_PREINSTALL
  !insertmacro END_APP_AND_SIDECAR
  ; Files that only the older version had must not be found by the newer one's Python.
  RMDir /r "$INSTDIR\sidecar"
!macroend

!macro NSIS_HOOK_PREUNINSTALL
  !insertmacro END_APP_AND_SIDECAR
!macroend
